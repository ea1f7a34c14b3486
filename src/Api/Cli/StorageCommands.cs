using System.CommandLine;
using Migrate.Api.Inventory;
using Migrate.Planner.Iser;

namespace Migrate.Api.Cli;

/// <summary>What lies under the datastores, and whether iSER has what it needs.</summary>
internal static class StorageCommands
{
    public static Command Topology(CommandSet cli)
    {
        var source = InventoryCommands.SourceOption();
        var datastore = new Option<string?>("--datastore") { Description = "name or key of one datastore", HelpName = "NAME" };
        var version = InventoryCommands.VersionOption();
        var list = new ListOptions(InventoryReader.Orders);
        return cli.Verb(
            "topology",
            "Shows the way from datastores over extents, LUNs and paths down to adapters, and what is weak about it.",
            list.After(datastore, source, version),
            async (invocation, cancellationToken) =>
            {
                var path = await InventoryCommands.SourcePathAsync(invocation, source, cancellationToken) + "/topology" + list.Query(invocation, ("datastore", invocation.Get(datastore)), ("version", invocation.Get(version)));
                var found = await invocation.Api.GetAllAsync<DatastoreTopology>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output => found.ForEach(d => Write(d, output)));
                return ExitCode.Done;
            },
            "migrate inventory topology",
            "migrate inventory topology --datastore iser-ds1 --source vc1 --version 3");
    }

    public static Command Iser(CommandSet cli)
    {
        var source = InventoryCommands.SourceOption();
        var evidence = new Option<string[]>("--evidence")
        {
            Description = "what a host's esxcli shows of flow control, to keep: file with the output of 'esxcli network nic pauseParams list' and 'esxcli network nic dcb status get -n vmnicN'; only the hosts named so are shown",
            HelpName = "HOST=FILE",
        };
        var hostNames = new Option<string[]>("--host") { Description = "host that --switch is of, besides those of --evidence; may be repeated", HelpName = "HOST" };
        var switchDoes = new Option<string?>("--switch") { Description = "what the switch's ports do for these hosts, to keep: pfc, pause or none" };
        switchDoes.AcceptOnlyFromAmong("pfc", "pause", "none");
        var note = new Option<string?>("--switch-note") { Description = "which switch, ECN, where that was seen", HelpName = "TEXT" };
        var by = new Option<string?>("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" };
        var all = new Option<bool>("--all") { Description = "also requirements that are met or not needed" };
        var version = InventoryCommands.VersionOption();
        var list = new ListOptions(StorageEndpoints.HostOrders);
        return cli.Change(
            "iser",
            "Checks on every iSER adapter what iSER needs, with evidence and remedy.",
            list.After(source, evidence, hostNames, switchDoes, note, by, all, version),
            async (invocation, cancellationToken) =>
            {
                var path = await InventoryCommands.SourcePathAsync(invocation, source, cancellationToken) + "/iser";
                var given = Given(invocation.Get(evidence) ?? [], invocation.Get(hostNames) ?? [], invocation.Get(switchDoes), invocation.Get(note));
                var hosts = given.Count > 0
                    ? await invocation.Api.PostAsync<List<HostIser>>(path + Query.Of(("by", invocation.Get(by) ?? Environment.UserName), ("version", invocation.Get(version))), given, cancellationToken)
                    : await invocation.Api.GetAllAsync<HostIser>(path + list.Query(invocation, ("version", invocation.Get(version))), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(hosts, output => Write(hosts, invocation.Get(all), output));
                if (hosts.TrueForAll(h => h.Adapters.Count == 0))
                {
                    invocation.Say("No host has an iSER adapter.");
                }

                return ExitCode.Done;
            },
            "migrate inventory iser --source vc1 --version 3",
            "migrate inventory iser --all --evidence esx01.example=esx01.txt",
            "migrate inventory iser --host esx01.example --host esx02.example --switch pfc --switch-note 'leaf1 and leaf2, priority 3, ECN on'");
    }

    private static void Write(DatastoreTopology datastore, TextWriter output)
    {
        var vsan = datastore.Vsan is { } v
            ? $"; vSAN {(v.Esa ? "ESA" : "OSA")}, health {v.Health ?? "unknown"}, {(v.ResyncBytes is { } left ? Text.Bytes(left) + " to resynchronise" : "resynchronisation unknown")}{(v.Witnesses is { Count: > 0 } w ? $", two sites with {Text.Count(w.Count, "witness", "witnesses")}" : "")}"
            : "";
        output.WriteLine($"{Table.Clean(datastore.Name)} ({datastore.Type}, media {datastore.Media}{vsan})");
        foreach (var warning in datastore.Warnings)
        {
            output.WriteLine("  ! " + Table.Clean(warning));
        }

        var table = new Table("HOST", "EXTENT", "ARRAY", "MODEL", "PATH", "STATE", "POLICY", "HBA", "KIND", "CONFIDENCE", "CARRIED BY", "NVME SUBSYSTEM");
        foreach (var r in datastore.Rows)
        {
            table.Add(r.Host, r.Extent, r.Array, r.LunModel, r.Path, r.PathState, r.PathPolicy, r.Adapter, r.AdapterKind, r.Confidence, r.Carrier, r.NvmeSubsystem);
        }

        table.Write(output);
        output.WriteLine();
    }

    private static void Write(List<HostIser> hosts, bool all, TextWriter output)
    {
        var table = new Table("HOST", "CHAIN", "CONFIDENCE", "REQUIREMENT", "OUTCOME", "EVIDENCE", "REMEDY");
        foreach (var (host, adapter, check) in from host in hosts from adapter in host.Adapters from check in adapter.Checks select (host, adapter, check))
        {
            if (all || check.Outcome is RequirementOutcome.NotMet or RequirementOutcome.Unknown)
            {
                table.Add(host.Host, adapter.Chain, adapter.Confidence, check.Id, check.Outcome, check.Evidence, check.Remedy);
            }
        }

        table.Write(output);
    }

    private static List<FlowControlEvidence> Given(string[] files, string[] hosts, string? switchDoes, string? note)
    {
        var given = files.Select(Evidence).ToList();
        given.AddRange(hosts.Except(given.Select(g => g.Host)).Select(host => new FlowControlEvidence(host)));
        if (switchDoes is null && (hosts.Length > 0 || note is not null))
        {
            throw new CommandFailure(ExitCode.Usage, "It is not said what the switch does.", "Give --switch pfc, pause or none.");
        }

        if (switchDoes is not null && given.Count == 0)
        {
            throw new CommandFailure(ExitCode.Usage, "It is not said which hosts are at that switch.", "Give --host NAME for each of them.");
        }

        return switchDoes is null ? given : [.. given.Select(g => g with { Switch = Enum.Parse<SwitchFlowControl>(switchDoes, ignoreCase: true), SwitchNote = note })];
    }

    private static FlowControlEvidence Evidence(string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } host, { Length: > 0 } file])
        {
            throw new CommandFailure(ExitCode.Usage, $"'{text}' is no evidence.", "Give --evidence HOST=FILE.");
        }

        try
        {
            return new FlowControlEvidence(host, File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"The evidence for {host} cannot be read: {e.Message}", "Give a file that exists and may be read.");
        }
    }
}
