using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources.Vddk;

/// <summary>A disk as VDDK opens it.</summary>
/// <param name="Access">Where and as whom.</param>
/// <param name="VmKey">Managed object id of the VM ("vm-42").</param>
/// <param name="FileName">Datastore path of the descriptor.</param>
/// <param name="SnapshotKey">Managed object id of the snapshot that freezes the disk; null for a VM that is off.</param>
public sealed record VddkDisk(SourceLogin Access, string VmKey, string FileName, string? SnapshotKey)
{
    /// <summary>nbdkit's arguments. The password is only ever in the file.</summary>
    internal IReadOnlyList<string> Arguments(VddkOptions options, string socket, string passwordFile)
    {
        List<string> arguments =
        [
            "--foreground", "--readonly", "--unix", socket,
            // nbdkit ends with this command, and that with our end of its standard input: nothing survives us, however we end.
            "--run", "exec cat >/dev/null",
            "vddk", $"libdir={options.Directory}", $"server={Access.Host}", $"port={Access.Port}", $"user={Access.UserName}", $"password=+{passwordFile}",
            $"thumbprint={Access.Sha1Thumbprint}", $"vm=moref={VmKey}", $"file={FileName}",
        ];
        if (SnapshotKey is not null)
        {
            arguments.Add($"snapshot={SnapshotKey}");
        }
        if (options.Transports is not null)
        {
            arguments.Add($"transports={options.Transports}");
        }
        return arguments;
    }
}
