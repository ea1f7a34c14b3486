using Migrate.EndToEnd.Tests.Runs;
using Migrate.Executor.Copy;

namespace Migrate.EndToEnd.Tests.Workers;

/// <summary>What a worker takes of its machine's memory while it copies with all defaults.</summary>
public sealed class WorkerMemoryTests(PostgresCluster postgres)
{
    private const long MiB = 1 << 20;

    /// <summary>As docs/workers.md says it.</summary>
    private const long Stated = 256 * MiB;

    [Fact]
    public async Task Many_disks_at_once_take_no_more_than_what_is_stated_beyond_an_idle_worker()
    {
        // Eight disks by ranges, which could fill the shared buffers half as much again; then one VM whose disks come as streams into buffers of their own.
        long[] disks = [64 * MiB, 64 * MiB, 64 * MiB, 64 * MiB];
        await using var yard = await CopyYard.OpenVmsAsync(postgres, (Estates.Vmfs, disks), (Estates.Vmfs, disks), (Estates.Vsan, [64 * MiB, 64 * MiB]));
        yard.Simulator.Faults.ReadBytesPerSecond = MiB / 4; // Until it is looked at.
        await using var worker = await yard.StartWorkerAsync("w1", "127.0.0.2", copies: 2, leaseSeconds: 30);
        var idle = await worker.MemoryAsync();
        yard.Simulator.Faults.ReadBytesPerSecond = null;
        var most = idle;

        await yard.UntilAsync(
            async () =>
            {
                most = Math.Max(most, await worker.MemoryAsync());
                return await yard.AllCopiedAsync();
            },
            "all disks are copied", worker);

        TestContext.Current.TestOutputHelper?.WriteLine($"idle {idle / MiB} MiB, at most {(most - idle) / MiB} MiB more");
        (most - idle).ShouldBeLessThanOrEqualTo(Stated);
        (most - idle).ShouldBeGreaterThan(ExtentPool.WorkersExtents * Extent.Size / 6, "else too little was copied at once to tell");
        await yard.IsProvenAsync();
    }
}
