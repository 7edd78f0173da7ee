namespace VideoMesh.Actors.Kernel;

/// <summary>Where an actor stands in the tree of its system, e.g. <c>akka://node/user/market</c>. Equal by place, whatever the incarnation.</summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    private const string Symbols = "\"-_.*$+:@&=,!~';()";
    private readonly ActorPath? _parent;
    private readonly string _text;

    private ActorPath(ActorPath? parent, string name, long uid, string text)
    {
        _parent = parent;
        Name = name;
        Uid = uid;
        _text = text;
    }

    /// <summary>The last element; <c>/</c> at the root.</summary>
    public string Name { get; }

    /// <summary>The element above; the root is above itself.</summary>
    public ActorPath Parent => _parent ?? this;

    /// <summary>Tells apart actors that had the same path one after the other.</summary>
    public long Uid { get; }

    public static bool operator ==(ActorPath? left, ActorPath? right) => Equals(left, right);

    public static bool operator !=(ActorPath? left, ActorPath? right) => !Equals(left, right);

    /// <summary>Whether an actor may be given this name.</summary>
    public static bool IsValidPathElement(string s) =>
        !string.IsNullOrEmpty(s) && s[0] != '$' && s.All(c => char.IsAsciiLetterOrDigit(c) || Symbols.Contains(c, StringComparison.Ordinal));

    public bool Equals(ActorPath? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    /// <summary>The path without the name of the system, e.g. <c>/user/market</c>.</summary>
    public string ToStringWithoutAddress() =>
        _parent is null ? "/" : _parent.ToStringWithoutAddress().TrimEnd('/') + "/" + Name;

    internal static ActorPath Root(string system) => new(parent: null, "/", 0, $"akka://{system}/");

    internal ActorPath ChildPath(string name, long uid) => new(this, name, uid, _text.TrimEnd('/') + "/" + name);
}
