using Migrate.Benchmarks.Target;
using Migrate.Target.Admin;

namespace Migrate.Target.Tests.Transport;

/// <summary>Nothing else runs beside these: they look at the whole process.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>Commands cost no memory of the managed heap once a connection has what it needs.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationTests
{
    private const long Capacity = 16 << 20;
    private const int Commands = 20_000;

    /// <summary>
    /// Timers and the runtime itself allocate now and then, and so does a connection whose host is slow for a moment: less than an
    /// object of the smallest size, 24 bytes, for each command.
    /// </summary>
    private const long Background = 20 * Commands;

    public static TheoryData<int, bool, bool, bool> Loads => new()
    {
        // bytes, writes, digests, direct I/O: every way of data through the event loop
        { 4096, false, false, false },
        { 4096, true, false, false },
        { 4096, false, true, false },
        { 4096, true, true, false },
        { 131072, false, false, false },
        { 131072, false, true, false },
        { 131072, true, false, false },
        { 131072, true, true, false },
        { 4096, false, false, true },
        { 4096, true, false, true },
    };

    [Theory]
    [MemberData(nameof(Loads))]
    public async Task A_command_allocates_nothing(int bytes, bool isWrite, bool hasDigests, bool isDirect)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = TargetEngine.EventLoops });
        var created = await target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), Capacity) { Direct = isDirect }, TestContext.Current.CancellationToken);
        var allocated = await Task.Run(() => AllocatedBy(target, created.Nsid, new LoadShape(1, 32, bytes, isWrite, false, hasDigests)));

        allocated.ShouldBeLessThan(Background, $"{(double)allocated / Commands:0.00} bytes per command");
    }

    private static long AllocatedBy(RunningTarget target, uint nsid, LoadShape shape)
    {
        var options = target.HostOptions() with { HeaderDigest = shape.Digests, DataDigest = shape.Digests };
        using var controller = new LoadController(options);
        using var connection = controller.Connect(1, nsid, Capacity, shape);
        connection.Fill();
        Run(connection); // connections grow to what they need, the compiler optimizes
        connection.Forget();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Run(connection);
        var after = GC.GetTotalAllocatedBytes(precise: true);
        while (connection.Poll(isLast: true))
        {
        }

        return after - before;
    }

    private static void Run(LoadConnection connection)
    {
        while (connection.Latencies.Count < Commands)
        {
            connection.Poll(isLast: false);
        }
    }
}
