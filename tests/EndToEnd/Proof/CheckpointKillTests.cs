namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// At every named checkpoint of a cold and a warm run something dies: the worker that was about to commit it (before, or right after), the
/// database that was asked to, the target (alone, or with what its storage had not brought to the device), the source. The runs go on and come
/// to the same end.
/// </summary>
/// <remarks>MIGRATE_KILLS of 100 and more: each victim at each checkpoint; else one victim at each, as the seed (MIGRATE_KILL_SEED) has it.</remarks>
[Collection(nameof(ProofCollection))]
public sealed class CheckpointKillTests
{
    private const long MiB = 1 << 20;

    /// <summary>Those that are more likely to find something come more often.</summary>
    private static readonly string[] Any =
    [
        CheckpointDeaths.WorkerBefore, CheckpointDeaths.WorkerBefore, CheckpointDeaths.WorkerBefore, CheckpointDeaths.WorkerAfter, CheckpointDeaths.WorkerAfter,
        CheckpointDeaths.Postgres, CheckpointDeaths.Target, CheckpointDeaths.TargetsPower, CheckpointDeaths.Simulator,
    ];

    public static TheoryData<string> Victims => KillSettings.Kills >= 100 ? [.. Any.Distinct()] : ["any"];

    [Theory]
    [MemberData(nameof(Victims))]
    public async Task A_death_at_any_checkpoint_loses_nothing(string victim)
    {
        var random = new Random(KillSettings.Seed);
        await using var yard = await KillYard.OpenAsync(Layout.Workers, workers: 1, [(3 * MiB) + 512], [4 * MiB]);
        var gates = new CheckpointGates(yard.Postgres!.ConnectionString + ";Pooling=false");
        await gates.InstallAsync(CheckpointGates.OfCopies);
        await yard.StartWorkersAsync();

        var told = await CheckpointDeaths.AtAllAsync(yard, gates, CheckpointGates.OfCopies, _ => victim == "any" ? Any[random.Next(Any.Length)] : victim);

        await yard.FinishAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {KillSettings.Seed}, {told.Count} kills: {string.Join("; ", told)}");
    }
}
