using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Benchmarks.Copy;

/// <summary>Our side: a target of this process and a host connected to it, so that the CPU time of both is on our bill.</summary>
internal sealed class CopyTarget(NvmeTarget target, NvmeHost host, NvmeDisk disk, Guid id, string folder) : IAsyncDisposable
{
    public NvmeDisk Disk => disk;

    /// <param name="folder">For its files.</param>
    /// <param name="capacity">Of the disk.</param>
    /// <param name="byTcp">True to write by its port, as to a target elsewhere.</param>
    public static async Task<CopyTarget> StartAsync(string folder, long capacity, bool byTcp = false)
    {
        var (id, none) = (Guid.NewGuid(), CancellationToken.None);
        var target = await NvmeTarget.StartAsync(new TargetOptions { Directory = Path.Combine(folder, "target"), Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, none);
        await target.CreateNamespaceAsync(new NamespaceSpec(id, capacity), none);
        var host = await NvmeHost.ConnectAsync(new NvmeHostOptions
        {
            EndPoint = target.EndPoint,
            SubsystemNqn = target.SubsystemNqn,
            HostNqn = $"nqn.2014-08.org.nvmexpress:uuid:{id}",
            HostId = id,
            Local = byTcp ? null : target,
        }, TimeProvider.System, null, none);
        return new CopyTarget(target, host, await host.OpenAsync(id, none), id, folder);
    }

    /// <param name="source">Where the bytes come from.</param>
    /// <param name="readBack">Reads back what it has written, beside the copying.</param>
    public async Task<CopyResult> CopyAsync(CopyEndpoint source, bool readBack = false)
    {
        await using var reader = await source.OpenAsync();
        await using var journal = await CopyJournal.OpenAsync(Path.Combine(folder, $"{id}.journal"), id, disk.CapacityBytes, CancellationToken.None);
        return await DiskCopy.RunAsync(reader, disk, journal, new CopyOptions { DestinationIsZero = true, ReadBackBeforeJournal = readBack }, null, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await target.DeleteNamespaceAsync(id, deleteBacking: true, CancellationToken.None);
        await target.DisposeAsync();
        File.Delete(Path.Combine(folder, $"{id}.journal"));
    }
}
