namespace Migrate.Executor.Destinations;

/// <summary>Asks a libvirt host, and the kernel when the host is this machine, what the domain's design must know.</summary>
public static class HostProbe
{
    public static Task<KvmHostFacts> ProbeAsync(LibvirtConnection connection, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The rotational flag of the block device under a file, directory or device; null where it cannot be told.</summary>
    public static bool? IsRotational(string path) => throw new NotImplementedException();
}
