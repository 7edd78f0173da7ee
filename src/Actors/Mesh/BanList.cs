namespace VideoMesh.Actors.Mesh;

/// <summary>Who must wait before it links again, and for how long: each misbehaviour doubles the ban, and ten quiet minutes forget it. Bounded. Not thread-safe:
/// one owner or one lock. Knows no clock: <c>now</c> is monotonic.</summary>
/// <param name="free">How many misbehaviours within the memory bring no ban yet.</param>
internal sealed class BanList<TKey>(TimeSpan first, TimeSpan longest, int free)
    where TKey : notnull
{
    private const int Capacity = 4096;

    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(10);

    private readonly Dictionary<TKey, (int Strikes, TimeSpan Until)> _strikes = [];

    public bool IsBanned(TKey key, TimeSpan now) => _strikes.TryGetValue(key, out var record) && record.Until > now;

    /// <summary>Counts one misbehaviour.</summary>
    public void Strike(TKey key, TimeSpan now)
    {
        var strikes = _strikes.TryGetValue(key, out var record) && now - record.Until < s_memory ? record.Strikes + 1 : 1;
        var ban = strikes <= free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(strikes - free - 1, 30))));
        if (_strikes.Count >= Capacity && !_strikes.ContainsKey(key))
        {
            _strikes.Remove(_strikes.MinBy(pair => pair.Value.Until).Key);
        }

        _strikes[key] = (strikes, now + ban);
    }
}
