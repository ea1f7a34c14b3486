using System.CommandLine;
using System.Globalization;
using Migrate.Api.Plans;
using Migrate.Api.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Cli;

internal static class PlanCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("plan", "which VMs move where, and how", Create(cli), List(cli), Show(cli), Vms(cli), Concerns(cli), Forecast(cli), ConcernCommands.Check(cli), PlanMappingCommands.Build(cli), Add(cli), RemoveVm(cli), Remove(cli), DomainCommands.Domain(cli), DomainCommands.Bundle(cli));

    private static Command Create(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how commands will name the plan" };
        var source = new Option<string>("--source") { Description = "name of the source", HelpName = "NAME", Required = true };
        var host = new Option<string>("--host") { Description = "name of the KVM host", HelpName = "NAME", Required = true };
        var vms = new Option<string[]>("--vm") { Description = "name or key of a VM; repeat for more", HelpName = "VM" };
        var chosen = new MatchingOptions("all VMs of the source that the options below it match, at most 5000", new VmOptions("--in-plan", "--in-wave", "--esxi-host"));
        var mode = new Option<string>("--mode") { Description = "cold: a VM is off while it is copied; warm: only for its last pass", DefaultValueFactory = _ => "cold" };
        mode.AcceptOnlyFromAmong("cold", "warm");
        var waves = new Option<string[]>("--wave") { Description = "wave number of a VM; wave 1 when not given", HelpName = "VM=N" };
        var networks = new Option<string[]>("--network")
        {
            Description = "where NICs on a VMware network go: bridge:NAME, network:NAME (libvirt's), user (no host network) or none",
            HelpName = "NETWORK=TARGET",
        };
        var console = new Option<string[]>("--expect-console") { Description = "text that the VM's serial console must show after the move", HelpName = "VM=TEXT" };
        var bootTimeout = new Option<int?>("--boot-timeout") { Description = "seconds that a started guest may take to show it (300)", HelpName = "SECONDS" };
        var observe = new Option<int?>("--observe") { Description = "seconds that the guest's I/O is observed before a look at it for the verdict (30)", HelpName = "SECONDS" };
        var observeAtMost = new Option<int?>("--observe-at-most")
        {
            Description = "seconds that it is observed at most, with looks at twice the first time, four times …, while the latency's verdict is open and time may decide it (604800, a week; as --observe: one look)",
            HelpName = "SECONDS",
        };
        var agentWait = new Option<int?>("--agent-wait") { Description = "seconds that the guest's agent is waited for, to compare its addresses with what VMware Tools told (60)", HelpName = "SECONDS" };
        var modes = new Option<string[]>("--mode-of") { Description = "mode of a VM that moves otherwise than the plan", HelpName = "VM=MODE" };
        var downtime = new Option<int?>("--downtime") { Description = "longest downtime of a warm move in seconds (300)", HelpName = "SECONDS" };
        var interval = new Option<int?>("--pass-interval") { Description = "seconds between two passes of a warm move that waits (900); 0: only on demand", HelpName = "SECONDS" };
        var whenReady = new Option<bool>("--cut-over-when-ready") { Description = "cut a warm move over as soon as its last pass fits the downtime; else an operator says when" };
        var notBefore = new Option<string?>("--cut-over-not-before") { Description = "begin of the window, e.g. 2026-03-01T02:00:00Z; with --cut-over-when-ready", HelpName = "TIME" };
        var windows = new Option<string[]>("--cut-over-window") { Description = "hours in which cutovers may begin, however they are asked for; repeat for more", HelpName = "FROM/TO" };
        var approval = new Option<bool>("--require-approval") { Description = "no VM is cut over before 'migrate run approve'" };
        var rehearse = new Option<bool>("--rehearse") { Description = "rehearse the cutover of a warm move when it is ready: its guest is started from overlays, without a network; one that does not work is not cut over by itself" };
        var keepBehind = new Option<bool>("--keep-behind") { Description = "QEMU counts what a guest changes since its cutover, so that a roll-back can say how much it loses" };
        var shutDown = new Option<bool>("--shut-down-source") { Description = "a run may shut a running VM down; without it a running VM blocks a cold plan" };
        var verify = new Option<VerifyLevel>("--verify")
        {
            Description = "how copies are proven: ReadBack of all that was written, Source read again as well (of a warm move in its downtime), or a Sample, which proves little and gives no manifest",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => VerifyLevel.ReadBack,
        };
        var stay = new Option<bool>("--no-isolation") { Description = "leave the network cards and notes of VMs that have moved as they are at the source" };
        var early = new Option<bool>("--verify-while-copying")
        {
            Description = "read back what was written before a checkpoint vouches for it (usual); false: all of it at the end, which takes longer and compares by SHA-256 again",
            HelpName = "true|false",
            DefaultValueFactory = _ => true,
        };
        var convert = new Option<ConvertGuests>("--convert")
        {
            Description = "auto: virt-v2v makes guests start on KVM that have no virtio drivers, after they were copied and proven; never: they stay as they are, byte for byte",
            HelpName = "auto|never",
            DefaultValueFactory = _ => ConvertGuests.Never,
        };
        var domain = new DomainArguments();
        return cli.Change(
            "create",
            "Makes a plan and shows its concerns. A Critical concern blocks the start of its wave.",
            [name, source, host, vms, .. chosen.All, mode, waves, networks, console, bootTimeout, observe, observeAtMost, agentWait, shutDown, modes, downtime, interval, whenReady, notBefore, windows, approval, rehearse, keepBehind, verify, early, stay, convert, .. domain.Options],
            async (invocation, cancellationToken) =>
            {
                var standard = new PlanPolicy();
                var policy = new PlanPolicy
                {
                    Networks = Pairs.Read("--network", invocation.Get(networks), valueIsPlain: true).ToDictionary(p => p.Key, p => Mapping(p.Value)),
                    ExpectConsole = Pairs.Read("--expect-console", invocation.Get(console)),
                    BootTimeoutSeconds = invocation.Get(bootTimeout) ?? standard.BootTimeoutSeconds,
                    ObserveSeconds = invocation.Get(observe) ?? standard.ObserveSeconds,
                    ObserveAtMostSeconds = invocation.Get(observeAtMost) ?? PlanPolicy.LongestObservationSeconds,
                    AgentWaitSeconds = invocation.Get(agentWait) ?? standard.AgentWaitSeconds,
                    ShutDownSource = invocation.Get(shutDown),
                    Verify = invocation.Get(verify),
                    VerifyWhileCopying = invocation.Get(early),
                    IsolateSource = !invocation.Get(stay),
                    Convert = invocation.Get(convert),
                    Modes = Pairs.Read("--mode-of", invocation.Get(modes), valueIsPlain: true).ToDictionary(p => p.Key, p => ModeOf(p.Value)),
                    CutOverWindows = [.. (invocation.Get(windows) ?? []).Select(WindowOf)],
                    RequireApproval = invocation.Get(approval),
                    KeepBehind = invocation.Get(keepBehind),
                    Warm = standard.Warm with
                    {
                        AllowedDowntimeSeconds = invocation.Get(downtime) ?? standard.Warm.AllowedDowntimeSeconds,
                        PassIntervalSeconds = invocation.Get(interval) ?? standard.Warm.PassIntervalSeconds,
                        CutOverWhenReady = invocation.Get(whenReady),
                        Rehearse = invocation.Get(rehearse),
                        CutOverNotBefore = Moment("--cut-over-not-before", invocation.Get(notBefore)),
                    },
                };
                var match = await chosen.ReadAsync(invocation, invocation.Get(vms), () => Task.FromResult(invocation.Get(source)!), cancellationToken);
                var request = new CreatePlan(
                    invocation.Get(name), invocation.Get(source)!, invocation.Get(host)!, match.Named,
                    ModeOf(invocation.Get(mode)!),
                    Pairs.Read("--wave", invocation.Get(waves), valueIsPlain: true).ToDictionary(p => p.Key, p => Pairs.Number("--wave", p.Value)),
                    domain.Apply(policy, invocation))
                {
                    Matching = match.Filter,
                    Expected = match.Expected,
                };
                var plan = await invocation.Api.PostAsync<PlanDetail>("plans", request, cancellationToken);
                var planned = await VmsAsync(invocation, plan.Plan.Name, cancellationToken);
                invocation.Print(new { plan.Plan, plan.Policy, plan.Overrides, plan.Check, vms = planned }, output => PlanText.Write(plan, planned, output));
                if (plan.Plan.Critical > 0)
                {
                    invocation.Say($"{Text.Count(plan.Plan.Critical, "Critical concern blocks", "Critical concerns block")} the start; remedy what is listed, synchronise the inventory and start the wave.");
                }

                return ExitCode.Done;
            },
            "migrate plan create first --source vc1 --host kvm1 --vm web01 --vm db01 --network 'VM Network=bridge:br0'",
            "migrate plan create night --source vc1 --host kvm1 --vm web01 --network 'VM Network=bridge:br0' --mode warm --downtime 120 --cut-over-when-ready --cut-over-not-before 2026-03-01T02:00:00Z",
            "migrate plan create wide --source vc1 --host kvm1 --matching --cluster Prod --worst None --planned false --network 'VM Network=bridge:br0'",
            "migrate plan create two --source vc1 --host kvm1 --vm a --vm b --wave b=2 --expect-console 'a=login:' --shut-down-source");
    }

    private static CutoverWindow WindowOf(string text) => text.Split('/') is [var from, var to]
        ? new CutoverWindow(Moment("--cut-over-window", from)!.Value, Moment("--cut-over-window", to)!.Value)
        : throw new CommandFailure(ExitCode.Usage, $"--cut-over-window: '{text}' is no window.", "Give its begin and its end, e.g. 2026-03-01T02:00:00Z/2026-03-01T05:00:00Z.");

    private static Command Forecast(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var list = new ListOptions(PlanViews.VmOrders);
        return cli.Verb(
            "forecast",
            "Shows whether the passes of the VMs that move warm will fit the allowed downtime, by their baselines.",
            list.After(name),
            async (invocation, cancellationToken) =>
            {
                var forecasts = await invocation.Api.GetAllAsync<ForecastView>($"plans/{Uri.EscapeDataString(invocation.Get(name))}/forecasts{list.Query(invocation)}", cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(forecasts, output => PassText.Write(forecasts, output));
                return ExitCode.Done;
            },
            "migrate plan forecast first");
    }

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "the plan" };
        var vms = new Option<string[]>("--vm") { Description = "name or key of a VM; repeat for more", HelpName = "VM" };
        var chosen = new MatchingOptions("all VMs of the plan's source that the options below it match, at most 5000; those that the plan has stay as they are", new VmOptions("--in-plan", "--in-wave"));
        var wave = new Option<int?>("--wave") { Description = "the wave that they come into (the last one, or a new one after it if that was started)", HelpName = "N" };
        var networks = new Option<string[]>("--network") { Description = "where NICs on a network go that the plan has no mapping of", HelpName = "NETWORK=TARGET" };
        var console = new Option<string[]>("--expect-console") { Description = "text that the VM's serial console must show after the move", HelpName = "VM=TEXT" };
        var modes = new Option<string[]>("--mode-of") { Description = "mode of a VM that moves otherwise than the plan", HelpName = "VM=MODE" };
        return cli.Change(
            "add",
            "Brings VMs into a plan, all or none. Waves that were approved do not know them: plan the waves anew, and have that version approved.",
            [name, vms, .. chosen.All, wave, networks, console, modes],
            async (invocation, cancellationToken) =>
            {
                var match = await chosen.ReadAsync(invocation, invocation.Get(vms), () => SourceOfAsync(invocation, invocation.Get(name), cancellationToken), cancellationToken);
                var request = new AddPlanVms(
                    match.Named, invocation.Get(wave),
                    Pairs.Read("--network", invocation.Get(networks)).ToDictionary(p => p.Key, p => Mapping(p.Value)),
                    Pairs.Read("--expect-console", invocation.Get(console)),
                    Pairs.Read("--mode-of", invocation.Get(modes)).ToDictionary(p => p.Key, p => ModeOf(p.Value)))
                {
                    Matching = match.Filter,
                    Expected = match.Expected,
                };
                var added = await invocation.Api.PostAsync<AddedVms>($"plans/{Uri.EscapeDataString(invocation.Get(name))}/vms", request, cancellationToken);
                var planned = await VmsAsync(invocation, added.Plan.Plan.Name, cancellationToken);
                invocation.Print(added, output => PlanText.Write(added.Plan, planned, output));
                invocation.Say(added.Wave == 0
                    ? $"{Text.Count(added.Vms.Count, "VM")} came into plan {added.Plan.Plan.Name}, in no wave yet: its waves were approved without them. Plan the waves anew and have that version approved."
                    : $"{Text.Count(added.Vms.Count, "VM")} came into wave {added.Wave} of plan {added.Plan.Plan.Name}.{(added.WavesToPlanAnew is { } version ? $" Version {version} of its waves does not know them and cannot be approved any more: plan the waves anew." : "")}");
                return ExitCode.Done;
            },
            "migrate plan add first --vm web02 --vm web03",
            "migrate plan add first --matching --cluster Prod --worst None --planned false --wave 3",
            "migrate plan add first --vm db02 --wave 2 --network 'DB Network=bridge:br1'");
    }

    private static async Task<string> SourceOfAsync(Invocation invocation, string plan, CancellationToken cancellationToken) =>
        (await invocation.Api.GetAsync<PlanDetail>($"plans/{Uri.EscapeDataString(plan)}", cancellationToken)).Plan.Source;

    private static Command RemoveVm(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "the plan" };
        var vm = new Argument<string>("VM") { Description = "name or key of one of its VMs" };
        return cli.Removal(
            "remove-vm",
            "Takes a VM out of a plan, with its runs that were rolled back; refused while it has others, and of a plan's only VM.",
            [name, vm],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"plans/{Uri.EscapeDataString(invocation.Get(name))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}", cancellationToken);
                invocation.Say($"Took {invocation.Get(vm)} out of plan {invocation.Get(name)}.");
                return ExitCode.Done;
            },
            "migrate plan remove-vm first web02");
    }

    private static Command Remove(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Removal(
            "remove",
            "Removes a plan and its runs that were rolled back; refused while it has others.",
            [name],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"plans/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Say($"Removed plan {invocation.Get(name)}.");
                return ExitCode.Done;
            },
            "migrate plan remove first");
    }

    private static MigrationMode ModeOf(string text) => text switch
    {
        "cold" => MigrationMode.Cold,
        "warm" => MigrationMode.Warm,
        _ => throw new CommandFailure(ExitCode.Usage, $"--mode-of: '{text}' is no mode.", "Use cold or warm."),
    };

    private static DateTime? Moment(string option, string? text) => text is null ? null
        : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var at) ? at
        : throw new CommandFailure(ExitCode.Usage, $"{option}: '{text}' is no time.", "Write it as 2026-03-01T02:00:00Z.");

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(PlanViews.PlanOrders);
        return cli.Verb(
            "list",
            "Lists the plans, newest first.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var plans = await invocation.Api.GetAllAsync<PlanSummary>("plans" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(plans, output =>
                {
                    var table = new Table("NAME", "SOURCE", "HOST", "MODE", "VMS", "CRITICAL", "WARNINGS", "CREATED");
                    foreach (var p in plans)
                    {
                        table.Add(p.Name, p.Source, p.Host, p.Mode, p.VmCount, p.Critical, p.Warnings, Text.Time(p.CreatedAt));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate plan list");
    }

    private static Command Show(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Verb(
            "show",
            "Shows a plan: waves, readers and concerns.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var plan = await invocation.Api.GetAsync<PlanDetail>($"plans/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                var planned = await VmsAsync(invocation, invocation.Get(name), cancellationToken);
                invocation.Print(new { plan.Plan, plan.Policy, plan.Overrides, plan.Check, vms = planned }, output => PlanText.Write(plan, planned, output));
                return ExitCode.Done;
            },
            "migrate plan show first");
    }

    private static Command Vms(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "the plan" };
        var wave = new Option<int?>("--wave") { Description = "only those of this wave", HelpName = "N" };
        var list = new ListOptions(PlanViews.VmOrders);
        return cli.Verb(
            "vms",
            "Lists a plan's VMs with their waves, modes and concerns.",
            list.After(name, wave),
            async (invocation, cancellationToken) =>
            {
                var path = $"plans/{Uri.EscapeDataString(invocation.Get(name))}/vms" + list.Query(invocation, ("wave", invocation.Get(wave)));
                var planned = await invocation.Api.GetAllAsync<PlannedVm>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(planned, output => PlanText.WriteVms(planned, output));
                return ExitCode.Done;
            },
            "migrate plan vms first --wave 2",
            "migrate plan vms first --filter web");
    }

    private static Command Concerns(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Verb(
            "concerns",
            "Lists what the rules found on a plan's VMs, with assessment and remedy. Exits with 3 when any is Critical.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var planned = await VmsAsync(invocation, invocation.Get(name), cancellationToken);
                var rows = planned.SelectMany(v => v.Concerns.Select(c => new { v.Vm, v.Wave, Concern = c })).OrderByDescending(r => r.Concern.Severity).ToList();
                invocation.Print(rows, output => PlanText.WriteConcerns(planned, output));
                return rows.Any(r => r.Concern.Severity == ConcernSeverity.Critical) ? ExitCode.BlockedByConcerns : ExitCode.Done;
            },
            "migrate plan concerns first");
    }

    private static async Task<List<PlannedVm>> VmsAsync(Invocation invocation, string plan, CancellationToken cancellationToken) =>
        await invocation.Api.GetAllAsync<PlannedVm>($"plans/{Uri.EscapeDataString(plan)}/vms", cancellationToken).ToListAsync(cancellationToken);

    public static NetworkMapping Mapping(string value) => value.Split(':', 2) switch
    {
        ["user"] => new NetworkMapping("user", ""),
        ["none"] => new NetworkMapping("none", ""),
        ["bridge", { Length: > 0 } bridge] => new NetworkMapping("bridge", bridge),
        ["network", { Length: > 0 } network] => new NetworkMapping("network", network),
        _ => throw new CommandFailure(ExitCode.Usage, $"--network: '{value}' is no target.", "Use bridge:NAME, network:NAME, user or none."),
    };
}
