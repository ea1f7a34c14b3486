using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Executor.Manifests;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// The same at every named checkpoint of a cutover: the server dies, the database, its connection, the source. One domain runs in the end, on
/// what the source's disk holds, and its signed manifest says so: it is made while the journal is there to make it from, and never lost with that.
/// </summary>
/// <remarks>MIGRATE_KILLS of 100 and more: each victim at each checkpoint; else one at each by the seed, but that the first loses its connection: what failed there once cost the manifest.</remarks>
[Collection(nameof(ProofCollection))]
public sealed class CutoverKillTests
{
    private const long MiB = 1 << 20;
    private static readonly string[] Any = [CheckpointDeaths.WorkerBefore, CheckpointDeaths.WorkerAfter, CheckpointDeaths.Postgres, CheckpointDeaths.Simulator];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Victims => KillSettings.Kills >= 100 ? [CheckpointDeaths.Connection, .. Any] : ["any"];

    [Theory]
    [MemberData(nameof(Victims))]
    public async Task A_death_at_any_checkpoint_of_a_cutover_leaves_one_domain_and_its_manifest(string victim)
    {
        var random = new Random(KillSettings.Seed);
        await using var yard = await KillYard.OpenAsync(Layout.ServeOnPostgres, workers: 1, cold: [(3 * MiB) + 512], warm: []);
        var (run, disk) = (await yard.Runs.DisksAsync()).ShouldHaveSingleItem();
        try
        {
            var gates = new CheckpointGates(yard.Postgres!.ConnectionString + ";Pooling=false");
            await gates.InstallAsync(CheckpointGates.OfCutover);
            await yard.StartWorkersAsync();

            var told = await CheckpointDeaths.AtAllAsync(yard, gates, CheckpointGates.OfCutover, gate => victim != "any" ? victim : gate == "manifest-begun" ? CheckpointDeaths.Connection : Any[random.Next(Any.Length)]);

            await yard.Runs.UntilAsync(async () => (await yard.Runs.AllAsync()).All(x => x.Phase == RunPhase.Completed), "the cutover is over", yard.Said);
            await using (var connection = await LibvirtFixture.ConnectAsync())
            {
                (await connection.StateAsync(run.VmName, Cancellation)).ShouldBe(DomainState.Running);
            }

            // Nothing boots from this disk, so nothing has written to it.
            var backing = Path.Combine(yard.TargetDirectory, $"{disk.NamespaceUuid}.raw");
            (await Programs.OutputOfAsync("cmp", yard.SourceOf(run.VmName), backing)).ShouldBeEmpty();
            await Programs.OutputOfAsync(
                "dotnet", Repository.Program("Api", "migrate"), "verify", Path.Combine(yard.DataDirectory, "manifests", $"{run.Id:D}", $"disk-{disk.DiskKey}.manifest"),
                "--device", backing, "--public-key", Path.Combine(yard.DataDirectory, InstallationKey.PublicName));
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {KillSettings.Seed}, {told.Count} kills: {string.Join("; ", told)}");
        }
        finally
        {
            await yard.Workers[0].DisposeAsync(); // It would go on with what is taken from it here.
            await using var connection = await LibvirtFixture.ConnectAsync();
            await connection.DestroyAsync(run.VmName, CancellationToken.None);
            await connection.UndefineAsync(run.VmName, removeNvram: true, CancellationToken.None);
        }
    }
}
