namespace Migrate.Executor.Conversion;

/// <summary>What libguestfs finds in a VM's disks.</summary>
public sealed record GuestFacts
{
    /// <summary>Its one system could be opened and mounted; else all but devices and systems is empty.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>What the tool said last when it could not.</summary>
    public string Said { get; init; } = "";

    /// <summary>Devices with a file system or something like it, by name.</summary>
    public IReadOnlyDictionary<string, GuestDevice> Devices { get; init; } = new Dictionary<string, GuestDevice>();

    /// <summary>Root file systems.</summary>
    public IReadOnlyList<string> Systems { get; init; } = [];

    /// <summary>linux, windows, freebsd …</summary>
    public string Type { get; init; } = "";

    public string Distribution { get; init; } = "";

    /// <summary>As the guest calls itself.</summary>
    public string Product { get; init; } = "";

    /// <summary>The first bytes of Windows' hiberfil.sys; null when there is none.</summary>
    public byte[]? HibernationFile { get; init; }

    public IReadOnlyList<GuestKernel> Kernels { get; init; } = [];

    /// <summary>Files of the guest that may name devices: path and bytes, each as one character.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}
