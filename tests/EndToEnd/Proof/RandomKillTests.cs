using System.Globalization;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// Processes are killed at random instants while disks are copied; killed parts come back. In the end every destination has its source's bytes,
/// and no kill cost more than a chunk of each worker.
/// </summary>
/// <remarks>MIGRATE_KILLS: random kills of all layouts together (20); MIGRATE_KILL_SEED: the instants of an earlier run.</remarks>
[Collection(nameof(ProofCollection))]
public sealed class RandomKillTests
{
    private const long MiB = 1 << 20;

    /// <summary>
    /// What one worker can have sent and not journalled: of each of its two copies a checkpoint that is being written and one that fills up
    /// meanwhile. What is in flight beside them is little, since the source is slow.
    /// </summary>
    private const long Chunk = 2 * 2 * KillYard.CheckpointMiB * MiB;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Layout.Workers, 50)]
    [InlineData(Layout.ServeOnPostgres, 25)]
    [InlineData(Layout.ServeOnSqlite, 25)]
    public async Task Whatever_is_killed_whenever_the_copies_are_right_in_the_end(Layout layout, int percent)
    {
        var random = new Random(KillSettings.Seed);
        var kills = KillSettings.Kills * percent / 100;
        var isCold = layout == Layout.Workers;
        // About 2 s of work at a MiB per second between two kills.
        var bytes = Math.Max(24, kills) * MiB;
        await using var yard = await KillYard.OpenAsync(layout, workers: 2, isCold ? [bytes + 4096, bytes, bytes - 512] : [], isCold ? [] : [bytes, bytes - 512]);
        await yard.StartWorkersAsync();
        var told = new Dictionary<string, int>();
        var struck = 0; // Workers that lost what they were at, over all kills: a source that dies takes nothing from them.
        for (var kill = 0; kill < kills; kill++)
        {
            // So slow that something is left to copy when the last one dies.
            var left = Math.Max(2 * MiB, yard.DiskBytes - await yard.Runs.JournalledAsync());
            await yard.SlowDownAsync(Math.Clamp(left / (4 * (kills - kill)), MiB / 4, 4 * MiB));
            await Task.Delay(random.Next(100, 4000), Cancellation);
            var victim = await KillOneAsync(yard, random);
            told[victim] = told.GetValueOrDefault(victim) + 1;
            struck += victim switch { "simulator" => 0, "worker" => 1, _ => yard.Workers.Count };
            KillSettings.Tell($"{layout}: kill {kill + 1} of {kills}, {victim}");
            await yard.Runs.RetryAsync();
        }

        await yard.FinishAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{layout}, seed {KillSettings.Seed}: {kills} kills ({string.Join(", ", told.Select(x => $"{x.Key} {x.Value}"))}); runs that failed and were told to go on: {yard.Runs.Retries}");
        if (isCold)
        {
            var wasted = yard.BytesSentToTarget - yard.DiskBytes;
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"sent {yard.BytesSentToTarget} bytes for {yard.DiskBytes} of disk: {wasted / (double)MiB / kills:0.00} MiB sent again per kill; allowed {Chunk / MiB} MiB per kill and worker that it strikes"));
            var commands = yard.DiskBytes / 100;
            wasted.ShouldBeLessThanOrEqualTo((Chunk * struck) + commands, "bytes sent - bytes of the disks <= a chunk per kill and worker that it strikes");
        }
    }

    private static async Task<string> KillOneAsync(KillYard yard, Random random)
    {
        var worker = yard.Workers[random.Next(yard.Workers.Count)];
        switch (random.Next(6))
        {
            case 0:
                await yard.Simulator.KillAsync();
                await Task.Delay(random.Next(1000), Cancellation);
                await yard.StartSimulatorAsync();
                return "simulator";
            case 1 or 2 when yard.Postgres is { } postgres:
                await postgres.KillAsync();
                await Task.Delay(random.Next(1000), Cancellation);
                await postgres.StartAsync();
                return "PostgreSQL";
            case 3 when yard.Target is { } target:
                await target.KillAsync();
                await Task.Delay(random.Next(1000), Cancellation);
                await yard.StartTargetAsync();
                return "target";
            case 4 when yard.Target is not null:
                await yard.CutTargetsPowerAsync();
                await yard.StartTargetAsync();
                return "target's power";
            default:
                await worker.KillAsync();
                await worker.StartAsync();
                return worker.Name == "server" ? "server with target" : "worker";
        }
    }
}
