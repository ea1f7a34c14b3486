using System.CommandLine;
using System.Globalization;
using Migrate.Api.Inventory;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

/// <summary>What VMs run in and talk over: clusters and networks, all of them or one.</summary>
internal static class PlaceCommands
{
    public static Command Clusters(CommandSet cli)
    {
        var source = InventoryCommands.SourceOption();
        var (name, version) = (One("cluster"), InventoryCommands.VersionOption());
        var list = new ListOptions(InventoryReader.Orders);
        return cli.Verb(
            "clusters",
            "Lists clusters with DRS, HA and vSAN; of one cluster also its rules.",
            list.After(name, source, version),
            async (invocation, cancellationToken) =>
            {
                var clusters = await ReadAsync<Cluster>(invocation, source, name, version, "clusters", list, cancellationToken);
                invocation.Print(clusters, output =>
                {
                    var table = new Table("CLUSTER", "KEY", "DATACENTER", "HOSTS", "DRS", "HA", "EVC", "VSAN", "RULES");
                    foreach (var c in clusters)
                    {
                        table.Add(
                            c.Name, c.Key, c.Datacenter, c.HostKeys.Count, c.DrsEnabled ? c.DrsAutomation ?? "on" : "off", c.HaEnabled ? "on" : "off", c.EvcMode, Vsan(c),
                            c.Rules.Count(r => r.Enabled));
                    }

                    table.Write(output);
                    if (invocation.Find(name) is not null && clusters[0].Rules.Count > 0)
                    {
                        output.WriteLine();
                        Rules(clusters[0], output);
                    }
                });
                return ExitCode.Done;
            },
            "migrate inventory clusters --source vc1",
            "migrate inventory clusters Cluster1 --version 3");
    }

    public static Command Networks(CommandSet cli)
    {
        var source = InventoryCommands.SourceOption();
        var (name, version) = (One("network"), InventoryCommands.VersionOption());
        var list = new ListOptions(InventoryReader.Orders);
        return cli.Verb(
            "networks",
            "Lists networks, which plans map to bridges.",
            list.After(name, source, version),
            async (invocation, cancellationToken) =>
            {
                var networks = await ReadAsync<Network>(invocation, source, name, version, "networks", list, cancellationToken);
                invocation.Print(networks, output =>
                {
                    var table = new Table("NETWORK", "KEY", "TYPE", "SWITCH", "VLAN");
                    foreach (var n in networks)
                    {
                        table.Add(n.Name, n.Key, n.Type, n.Switch, n.Vlan);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate inventory networks --source vc1",
            "migrate inventory networks 'VM Network' --version 3");
    }

    private static Argument<string?> One(string what) => new(what.ToUpperInvariant()) { Description = $"name or key of one {what}; all when left out", Arity = ArgumentArity.ZeroOrOne };

    private static async Task<List<T>> ReadAsync<T>(Invocation invocation, Option<string?> source, Argument<string?> name, Option<int?> version, string path, ListOptions list, CancellationToken cancellationToken)
    {
        var all = await InventoryCommands.SourcePathAsync(invocation, source, cancellationToken) + "/" + path;
        return invocation.Find(name) is { } one
            ? [await invocation.Api.GetAsync<T>($"{all}/{Uri.EscapeDataString(one)}" + Query.Of(("version", invocation.Get(version))), cancellationToken)]
            : await invocation.Api.GetAllAsync<T>(all + list.Query(invocation, ("version", invocation.Get(version))), cancellationToken).ToListAsync(cancellationToken);
    }

    private static string Vsan(Cluster cluster) => cluster.Vsan is not { } vsan ? "" : string.Join(", ",
    [
        vsan.Esa ? "ESA" : "OSA",
        .. vsan.Health is { } health ? [health] : Array.Empty<string>(),
        .. vsan.Witnesses is { Count: > 0 } ? ["two sites"] : Array.Empty<string>(),
    ]);

    private static void Rules(Cluster cluster, TextWriter output)
    {
        var table = new Table("RULE", "KIND", "ENABLED", "MANDATORY", "VMS", "HOSTS");
        foreach (var r in cluster.Rules)
        {
            table.Add(r.Name, r.Kind, r.Enabled ? "yes" : "no", r.Mandatory ? "yes" : "no", Some(r.VmKeys), Some(r.HostKeys));
        }

        table.Write(output);

        static string Some(IReadOnlyList<string> keys) =>
            string.Join(", ", keys.Take(5)) + (keys.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {keys.Count - 5} more") : "");
    }
}
