using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.VSphere;

public sealed class ContractTests
{
    [Fact]
    public async Task The_contracts_in_the_repository_are_what_the_generator_writes_from_the_schema()
    {
        var cancel = TestContext.Current.CancellationToken;
        var output = Directory.CreateTempSubdirectory("vim25-");
        try
        {
            await Programs.OutputOfAsync("python3", Repository.PathOf("eng", "vim25", "generate.py"), output.FullName);
            var committed = Directory.GetFiles(Repository.PathOf("src", "Planner", "Vim25"), "*.g.cs").Select(Path.GetFileName).Order().ToList();
            output.GetFiles().Select(f => f.Name).Order().ShouldBe(committed);
            foreach (var name in committed)
            {
                var written = await File.ReadAllBytesAsync(Path.Combine(output.FullName, name!), cancel);
                var kept = await File.ReadAllBytesAsync(Repository.PathOf("src", "Planner", "Vim25", name!), cancel);
                written.AsSpan().SequenceEqual(kept).ShouldBeTrue($"{name} differs: run eng/vim25/generate.py src/Planner/Vim25");
            }
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Every_property_that_is_asked_for_has_its_type_in_the_schema()
    {
        var lines = await File.ReadAllLinesAsync(Repository.PathOf("eng", "vim25", "subset.txt"), TestContext.Current.CancellationToken);
        var known = lines.Where(l => l.StartsWith("read ", StringComparison.Ordinal)).Select(l => l[5..]).ToHashSet();
        var asked = VmMapping.Paths.Select(p => $"VirtualMachine {p}").Concat(HostMapping.Paths.Select(p => $"HostSystem {p}")).Concat(DatastoreMapping.Paths.Select(p => $"Datastore {p}"))
            .Concat(ClusterMapping.Paths.Except(["name", "parent", "customValue"]).Select(p => $"ClusterComputeResource {p}"));
        asked.Except(known).ShouldBeEmpty();
    }
}
