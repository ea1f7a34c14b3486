using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>A worker sleeps (SIGSTOP) beyond its lease, another goes on, and the sleeper wakes with its connections and its buffers.</summary>
[Collection(nameof(ProofCollection))]
public sealed class SleepingWorkerTests
{
    private const long MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_wakes_up_too_late_writes_nothing_any_more()
    {
        await using var yard = await KillYard.OpenAsync(Layout.Workers, workers: 2, [48 * MiB], []);
        await yard.StartTargetAsync();
        var (sleeper, next) = (yard.Workers[0], yard.Workers[1]);
        await yard.SlowDownAsync(2 * MiB);
        await sleeper.StartAsync();
        await yard.Runs.UntilAsync(async () => await yard.Runs.JournalledAsync() > 4 * MiB, "something is copied", yard.Said);
        await sleeper.SignalAsync("STOP");
        var before = (await yard.Runs.AllAsync())[0];
        await next.StartAsync();
        await yard.Runs.UntilAsync(
            async () => (await yard.Runs.AllAsync())[0].LeaseOwner?.StartsWith("w2/", StringComparison.Ordinal) == true && await WrittenAsync(yard, (await yard.Runs.AllAsync())[0].LeaseOwner!) > 0,
            "another worker writes", yard.Said);
        var old = await WrittenAsync(yard, before.LeaseOwner!);
        old.ShouldBeGreaterThan(0);

        await sleeper.SignalAsync("CONT");

        await yard.Runs.UntilAsync(() => Task.FromResult(sleeper.Said.Contains("the lease of epoch", StringComparison.Ordinal)), "the sleeper knows that it lost the run", yard.Said);
        var disk = (await yard.Runs.DisksAsync())[0].Disk;
        using (var target = TargetClient.OverSocket(Path.Combine(yard.TargetDirectory, "admin.sock")))
        {
            (await Should.ThrowAsync<TargetException>(() => target.GrantAsync(disk.NamespaceUuid, HostOf(before.LeaseOwner!), before.LeaseEpoch, Cancellation))).Code.ShouldBe("target.epoch-stale");
        }

        await yard.FinishAsync();
        (await WrittenAsync(yard, before.LeaseOwner!)).ShouldBe(old, "not a byte of what it held was written after it woke");
    }

    /// <summary>Each taking of a lease writes as a host of its own.</summary>
    private static string HostOf(string owner) => $"nqn.2014-08.org.nvmexpress:uuid:{Guid.ParseExact(owner[^32..], "N"):D}";

    private static async Task<long> WrittenAsync(KillYard yard, string owner)
    {
        using var target = TargetClient.OverSocket(Path.Combine(yard.TargetDirectory, "admin.sock"));
        var statistics = await target.GetStatisticsAsync(Cancellation);
        return statistics.Hosts.TryGetValue(HostOf(owner), out var host) && host.Classes.FirstOrDefault(x => x.Key.Equals("write", StringComparison.OrdinalIgnoreCase)).Value is { } writes ? writes.Bytes : 0;
    }
}
