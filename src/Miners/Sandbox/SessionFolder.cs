using VideoMesh.Miners.Sandbox.Native;

namespace VideoMesh.Miners.Sandbox;

/// <summary>A session's folder on the host: <c>work</c>, and <c>in</c> for inputs that had to be copied or linked.</summary>
internal sealed class SessionFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly string root;

    private SessionFolder(string path, IReadOnlyDictionary<string, string> inputs)
    {
        root = path;
        Inputs = inputs;
    }

    public string Work => Path.Combine(root, "work");

    /// <summary>Name inside → path of the file to show.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; }

    /// <param name="user">
    /// If it is not the caller it may be unable to read a private input. Such a file is copied (cheaply where the file system
    /// shares blocks): its owner and mode are not ours to change, and the inside is given no right to override them.
    /// </param>
    public static async Task<SessionFolder> CreateAsync(
        ScratchFolder scratch, SandboxMounts mounts, SandboxUser user, bool linkInputs, CancellationToken cancellationToken)
    {
        var path = scratch.NewSessionFolder();
        try
        {
            Directory.CreateDirectory(Path.Combine(path, "work"), OwnerOnly);
            var inside = Directory.CreateDirectory(Path.Combine(path, "in"), OwnerOnly).FullName;
            var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var file in mounts.ReadOnly)
            {
                RequirePlainName(file.Name);
                var source = await OpenableAsync(file.HostPath);
                if (linkInputs || (user.DiffersFromCaller && FileFacts.Of(source, followLinks: true)?.ReadableBy(user.Id, user.Group) != true))
                {
                    var here = Path.Combine(inside, file.Name);
                    await ProvideAsync(source, here, linkInputs, cancellationToken);
                    source = here;
                }

                inputs.Add(file.Name, source);
            }

            return new SessionFolder(path, inputs);
        }
        catch
        {
            await HostileFolder.DeleteAsync(path);
            throw;
        }
    }

    public static SessionFolder Empty(ScratchFolder scratch)
    {
        var path = scratch.NewSessionFolder();
        Directory.CreateDirectory(Path.Combine(path, "work"), OwnerOnly);
        return new SessionFolder(path, new Dictionary<string, string>(StringComparer.Ordinal));
    }

    public string Input(string name) =>
        Inputs.ContainsKey(name) ? name : throw new ArgumentException($"The session has no input named '{name}'.", nameof(name));

    public Task DeleteAsync() => HostileFolder.DeleteAsync(root);

    private static void RequirePlainName(string name)
    {
        if (name.Length is 0 or > 100 || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
        {
            throw new ArgumentException($"'{name}' is not a name for an input: letters, digits, dots and dashes, first a letter or digit.", nameof(name));
        }
    }

    /// <summary>The file behind any links; opening it first keeps a privileged engine from showing what the caller may not read.</summary>
    private static async Task<string> OpenableAsync(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            var target = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            if (FileFacts.Of(target, followLinks: true) is not { IsRegular: true })
            {
                throw new SandboxException($"The input '{path}' is missing or not a plain file.");
            }

            await using (File.OpenRead(target))
            {
                return target;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"The input '{path}' cannot be read ({failure.Message}).", failure);
        }
    }

    private static async Task ProvideAsync(string source, string here, bool link, CancellationToken cancellationToken)
    {
        if (link)
        {
            File.CreateSymbolicLink(here, source);
            return;
        }

        try
        {
            await Task.Run(() => File.Copy(source, here), cancellationToken);
            File.SetUnixFileMode(here, Readable);
        }
        catch (IOException failure)
        {
            throw new SandboxException($"The input '{source}' cannot be copied for the sandbox ({failure.Message}).", failure);
        }
    }
}
