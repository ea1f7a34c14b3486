using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class Space : IPreflightRule
{
    public string Id => "kvm.space";

    public string Label => "Little space on the host";

    public string Finds => "Critical when the file system that disks lie on is full, Warning when it or a storage pool has less than 5 % or 1 GiB free.";

    public string Assessment => "QEMU stops a domain whose disk cannot grow. Conversions also need room, for the overlay of each disk.";

    public string Remedy => "Free space there, enlarge the file system, or keep the disks elsewhere.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt storage pools; statfs(2)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var place in Places.Of(context).Where(place => place is { IsTarget: true, Mount: { } mount } && (mount.FreeBytes < Least || mount.FreeBytes < mount.SizeBytes / 20)))
        {
            var full = place.Mount!.FreeBytes < Full;
            yield return this.Find(full ? ConcernSeverity.Critical : ConcernSeverity.Warning, place.Path, $"{place.Path} on {context.Host} has {place.Mount.FreeBytes >> 20} MiB free.");
        }

        foreach (var pool in context.Facts.Pools.Where(pool => pool is { Active: true, CapacityBytes: > 0 } && (pool.AvailableBytes < Least || pool.AvailableBytes < pool.CapacityBytes / 20)))
        {
            yield return this.Find(ConcernSeverity.Warning, pool.Name, $"The storage pool {pool.Name} of {context.Host} has {pool.AvailableBytes >> 20} of {pool.CapacityBytes >> 20} MiB free.");
        }
    }

    private const long Least = 1L << 30;
    private const long Full = 1L << 20;
}
