using System.CommandLine;
using Migrate.Api.Concerns;
using Migrate.Executor.Preflight;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Cli;

internal static class ConcernCommands
{
    public static Command Build(CommandSet cli) =>
        CommandSet.Noun("concerns", "what may go wrong with a VM's move, and what to do about it", List(cli), Explain(cli), Override(cli), Lift(cli));

    /// <summary>Part of the noun plan: probes for one plan.</summary>
    public static Command Check(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Verb(
            "check",
            "Tries what a plan's runs will need: login, names and ports of ESXi hosts, a read of every disk, the target's space, its KVM host. Exits with 3 when any finding is Critical.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var check = await invocation.Api.PostAsync<PlanCheckView>($"plans/{Uri.EscapeDataString(invocation.Get(name))}/checks", new { }, cancellationToken);
                invocation.Print(check, output => ConcernText.Write(check, output));
                return check.Critical > 0 ? ExitCode.BlockedByConcerns : ExitCode.Done;
            },
            "migrate plan check first");
    }

    private static Command List(CommandSet cli)
    {
        var plan = new Option<string?>("--plan") { Description = "concerns of this plan's VMs, with what its newest check found", HelpName = "NAME" };
        var source = new Option<string?>("--source") { Description = "concerns of all VMs of this source, without a plan", HelpName = "NAME" };
        var severity = new Option<string?>("--severity") { Description = "only critical, warning or information", HelpName = "SEVERITY" };
        severity.AcceptOnlyFromAmong("critical", "warning", "information");
        var vm = new Option<string?>("--vm") { Description = "only this VM", HelpName = "VM" };
        var id = new Option<string?>("--id") { Description = "only this concern", HelpName = "ID" };
        return cli.Verb(
            "list",
            "Lists concerns of a plan or a source by VM. Exits with 3 when any is Critical.",
            [plan, source, severity, vm, id],
            async (invocation, cancellationToken) =>
            {
                var query = Query.Of(
                    ("plan", invocation.Get(plan)), ("source", invocation.Get(source)),
                    ("severity", invocation.Get(severity) is { } word ? Enum.Parse<ConcernSeverity>(word, ignoreCase: true) : null), ("vm", invocation.Get(vm)), ("id", invocation.Get(id)));
                var found = await invocation.Api.GetAllAsync<ConcernsOfVm>("concerns" + query, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output => ConcernText.Write(found, output));
                return found.Any(v => v.Concerns.Any(c => c.Severity == ConcernSeverity.Critical)) ? ExitCode.BlockedByConcerns : ExitCode.Done;
            },
            "migrate concerns list --plan first --severity critical",
            "migrate concerns list --source vc1 --id disk.rdm");
    }

    private static Command Explain(CommandSet cli)
    {
        var id = new Argument<string?>("ID") { Arity = ArgumentArity.ZeroOrOne, Description = "e.g. disk.rdm; all of them when not given" };
        return cli.Local(
            "explain",
            "Says what a concern is about, where it comes from and whether it can be overridden. Needs no server.",
            [id, cli.AsJson],
            (invocation, _) =>
            {
                PreflightRules.Publish();
                if (invocation.Find(id) is { } one)
                {
                    var kind = ConcernViews.KindOf(ConcernCatalogue.Find(one));
                    invocation.Print(kind, output => ConcernText.Write(kind, output));
                }
                else
                {
                    var all = ConcernCatalogue.All.Select(ConcernViews.KindOf).ToList();
                    invocation.Print(all, output => ConcernText.Write(all, output));
                }

                return Task.FromResult(ExitCode.Done);
            },
            "migrate concerns explain disk.rdm",
            "migrate concerns explain");
    }

    private static Command Override(CommandSet cli)
    {
        var (id, plan, vm, by) = Which();
        var reason = new Option<string>("--reason") { Description = "why it is safe to go on; shown in the plan and its report", HelpName = "TEXT", Required = true };
        return cli.Verb(
            "override",
            "Says that a Critical concern of one VM shall not block its wave. Recorded with who, when and why; other findings and a new plan lift it.",
            [id, plan, vm, reason, by],
            async (invocation, cancellationToken) =>
            {
                var given = await invocation.Api.PostAsync<OverrideView>(
                    $"plans/{Uri.EscapeDataString(invocation.Get(plan)!)}/overrides",
                    new GiveOverride(invocation.Get(vm)!, invocation.Get(id), invocation.Get(reason)!, invocation.Get(by) ?? Environment.UserName),
                    cancellationToken);
                invocation.Print(given, output => ConcernText.Write([given], output));
                return ExitCode.Done;
            },
            "migrate concerns override disk.rdm-physical --plan first --vm db01 --reason 'the mapping is unused since March'");
    }

    private static Command Lift(CommandSet cli)
    {
        var (id, plan, vm, by) = Which();
        var because = new Option<string>("--because") { Description = "why; kept with the record", HelpName = "TEXT", DefaultValueFactory = _ => "Taken back." };
        return cli.Verb(
            "lift",
            "Takes an override back: the concern blocks again.",
            [id, plan, vm, because, by],
            async (invocation, cancellationToken) =>
            {
                var lifted = await invocation.Api.PostAsync<OverrideView>(
                    $"plans/{Uri.EscapeDataString(invocation.Get(plan)!)}/overrides/lift",
                    new LiftOverride(invocation.Get(vm)!, invocation.Get(id), invocation.Get(because)!, invocation.Get(by) ?? Environment.UserName),
                    cancellationToken);
                invocation.Print(lifted, output => ConcernText.Write([lifted], output));
                return ExitCode.Done;
            },
            "migrate concerns lift disk.rdm-physical --plan first --vm db01");
    }

    private static (Argument<string> Id, Option<string> Plan, Option<string> Vm, Option<string?> By) Which() => (
        new Argument<string>("ID") { Description = "the concern's id, e.g. disk.rdm" },
        new Option<string>("--plan") { Description = "name of the plan", HelpName = "NAME", Required = true },
        new Option<string>("--vm") { Description = "name or key of the VM", HelpName = "VM", Required = true },
        new Option<string?>("--by") { Description = "who says so (the user of this machine)", HelpName = "WHO" });
}
