using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.EndToEnd.Tests.Simulator;

public sealed class CompletenessTests
{
    [Fact]
    public async Task Every_property_that_the_schema_requires_of_a_data_object_is_set()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var estate = await EstateFile.LoadAsync(Path.Combine(Repository.Root, "tests/Simulator/Estates/example.json"), cancelled);
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: cancelled);

        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var objects = 0;
        foreach (var managed in server.Vcenter.All<ManagedObject>())
        {
            foreach (var property in managed.Type.Properties)
            {
                var values = managed.Read(property.Name) switch
                {
                    DataObject single => [single],
                    IEnumerable<DataObject> several => several,
                    _ => [],
                };
                foreach (var value in values)
                {
                    objects++;
                    missing.UnionWith(value.MissingRequired());
                }
            }
        }

        objects.ShouldBeGreaterThan(100);
        missing.ShouldBeEmpty();
    }
}
