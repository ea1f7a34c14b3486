using System.Globalization;
using System.Text;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Dumps;
using Migrate.Planner.Tests.Inventory;
using Migrate.Simulator.Faults;

namespace Migrate.Planner.Tests.Offline.Dumps;

/// <summary>
/// Dumps of versions that nobody knows yet: types, names, values and nesting that are not expected. What is loaded can be worked with, what is not is named.
/// </summary>
/// <remarks>MIGRATE_FUZZ_CASES: how many seeds (60); MIGRATE_FUZZ_SEED: the first of them (1).</remarks>
public sealed class MutatedDumpTests
{
    [Fact]
    public async Task Whatever_a_dump_holds_the_rest_loads_and_can_be_worked_with()
    {
        var (first, cases) = (Setting("MIGRATE_FUZZ_SEED") ?? 1, Setting("MIGRATE_FUZZ_CASES") ?? 60);
        var failed = new Dictionary<string, string>();
        var vms = 0;
        for (var seed = first; seed < first + cases; seed++)
        {
            var random = new Random(seed);
            using var folder = new TemporaryFolder();
            foreach (var (name, text) in SampleDump.Files)
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                folder.Write(name, random.Next(3) == 0 ? XmlDamage.Do(bytes, random) : bytes);
            }

            try
            {
                var inventory = await new DumpSource(OfflineLimits.Default).ReadAsync(folder.Path, TimeProvider.System, CancellationToken.None);
                InventoryUse.Of(inventory);
                vms += inventory.Vms.Count;
            }
            catch (MigrateException e)
            {
                e.Code.ShouldStartWith("source.", Case.Sensitive, $"seed {seed}");
            }
            catch (Exception e)
            {
                var place = e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("src/", StringComparison.Ordinal))?.Trim() ?? "";
                failed.TryAdd($"{e.GetType().Name} {place}", $"seed {seed}: {e}");
            }
        }

        failed.Values.ShouldBeEmpty();
        vms.ShouldBeGreaterThan(cases / 4);
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
