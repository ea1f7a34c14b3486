using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>
/// A server whose answers are spoilt in any way: each thing we ask it for comes to its end, with a result that everything downstream can work with or with a
/// named error; never with another exception, a hang, or the end of the process.
/// </summary>
/// <remarks>MIGRATE_FUZZ_CASES: how many seeds (12); MIGRATE_FUZZ_SEED: the first of them (1).</remarks>
public sealed class GarbledAnswersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_a_server_answers_is_used_or_refused_by_name()
    {
        var estate = await EstateFile.LoadAsync(Path.Combine(Repository.Root, "tests/Simulator/Estates/example.json"), Cancel);
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(2) }, Cancel);
        var endpoint = new VSphereEndpoint(server.Url, server.UserName, server.Password, server.Thumbprint);
        var limits = new CallLimits { PerSecond = 100_000, Burst = 100_000, Timeout = TimeSpan.FromSeconds(60), FirstPause = TimeSpan.FromMilliseconds(1) };
        var (first, cases) = (Setting("MIGRATE_FUZZ_SEED") ?? 1, Setting("MIGRATE_FUZZ_CASES") ?? 12);
        var (worked, refused) = (0, new Dictionary<string, int>());
        var failed = new Dictionary<string, string>();
        SourceInventory whole;
        await using (var session = await OpenAsync())
        {
            whole = await session.ReadInventoryAsync(Cancel);
        }

        for (var seed = first; seed < first + cases; seed++)
        {
            server.Faults.GarbleAnswers(0, 0);
            await using var session = await OpenAsync();
            var vm = whole.Vms[seed % whole.Vms.Count];
            server.Faults.GarbleAnswers(seed % 4 switch { 0 => 1, 1 => 0.3, _ => 0.05 }, seed);
            await TryAsync(seed, "inventory", async () => InventoryUse.Of(await session.ReadInventoryAsync(Cancel)));
            await TryAsync(seed, "privileges", () => session.CheckPrivilegesAsync(Cancel));
            await TryAsync(seed, "VM", () => session.ReadVmAsync(vm.Key, Cancel));
            await TryAsync(seed, "baseline", () => session.ReadBaselineAsync(vm, Cancel));
            await TryAsync(seed, "disturbances", () => session.ReadDisturbancesAsync(DateTime.UtcNow.AddDays(-1), DateTime.UtcNow, Cancel));
            await TryAsync(seed, "clock", () => session.ReadClockAsync(Cancel));
            await TryAsync(seed, "tracking", () => TrackAsync(session, vm));
            await TryAsync(seed, "login", async () => await (await OpenAsync()).DisposeAsync());
        }

        server.Faults.GarbleAnswers(0, 0);
        failed.Values.ShouldBeEmpty();
        worked.ShouldBeGreaterThan(cases / 4);
        refused.Keys.ShouldContain("source.answer-not-understood", string.Join(", ", refused));
        TestContext.Current.TestOutputHelper?.WriteLine($"{cases} cases from seed {first}: {worked} worked, refused: {string.Join(", ", refused)}");

        Task<VSphereSession> OpenAsync() => VSphereSession.OpenAsync(endpoint, TimeProvider.System, NullLoggerFactory.Instance, Cancel, limits);

        async Task TryAsync(int seed, string what, Func<Task> work)
        {
            try
            {
                await work().WaitAsync(TimeSpan.FromMinutes(2), Cancel);
                worked++;
            }
            catch (MigrateException e)
            {
                if (e.Message.Length is 0 or > 20_000 || string.IsNullOrWhiteSpace(e.Remedy))
                {
                    failed.TryAdd(e.Code, $"seed {seed}, {what}: {e.Code} has a message of {e.Message.Length} characters and the remedy '{e.Remedy}': {e.StackTrace}");
                }

                refused[e.Code] = refused.GetValueOrDefault(e.Code) + 1;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Each place once, so that one run shows them all.
                var place = e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("src/", StringComparison.Ordinal))?.Trim() ?? "";
                failed.TryAdd($"{e.GetType().Name} {place}", $"seed {seed}, {what}: {e}");
            }
        }
    }

    private static async Task TrackAsync(VSphereSession session, Vm vm)
    {
        var options = new TrackingOptions { Poll = TimeSpan.FromMilliseconds(2), CreateLimit = TimeSpan.FromSeconds(1), RemoveLimit = TimeSpan.FromSeconds(1), RemovePatience = TimeSpan.Zero };
        var tracker = new ChangeTracker(session, TrackingState.For(Guid.NewGuid(), vm), (_, _) => Task.CompletedTask, options, NullLogger<ChangeTracker>.Instance);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        foreach (var disk in pass.Disks)
        {
            await pass.ChangedAreas(disk.Disk.Key, Cancel).CountAsync(Cancel);
        }

        await tracker.CompletePassAsync(Cancel);
        await tracker.RestoreAsync(Cancel);
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
