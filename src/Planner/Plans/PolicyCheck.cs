using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>What can be wrong in a plan's policy, seen together with the VMs that it is for.</summary>
internal static class PolicyCheck
{
    private static readonly string[] NamedKinds = ["bridge", "network"];
    private static readonly string[] Kinds = [.. NamedKinds, "user", "none"];

    public static IEnumerable<PlanProblem> Check(PlanPolicy policy, SourceInventory inventory, IReadOnlyList<(string Asked, Vm Vm)> chosen) =>
        [
            .. Mappings(policy, inventory), .. Unmapped(policy, chosen), .. Consoles(policy, chosen), .. Times(policy), .. Modes(policy, chosen), .. Warm(policy.Warm),
            .. DomainPolicyCheck.Check(policy, chosen),
        ];

    private static IEnumerable<PlanProblem> Mappings(PlanPolicy policy, SourceInventory inventory) =>
        Mappings(policy.Networks, [.. inventory.Networks.Select(network => network.Name), .. inventory.Vms.SelectMany(vm => vm.Nics).Select(nic => nic.NetworkName)]);

    /// <param name="networks">What they are mapped to.</param>
    /// <param name="known">Networks of the source.</param>
    public static IEnumerable<PlanProblem> Mappings(IReadOnlyDictionary<string, NetworkMapping> networks, HashSet<string> known)
    {
        foreach ((string network, NetworkMapping mapping) in networks)
        {
            if (!known.Contains(network))
            {
                yield return new PlanProblem("plan.unknown-network", network, $"The source has no network '{network}'.",
                    Suggestion.For(network, known) is { } near ? $"Did you mean '{near}'?" : "Map only networks that the source has.");
            }
            if (!Kinds.Contains(mapping.Kind))
            {
                yield return new PlanProblem("plan.bad-network-kind", network, $"Network '{network}' is mapped to the unknown kind '{mapping.Kind}'.",
                    $"Use one of: {string.Join(", ", Kinds)}.");
            }
            else if (NamedKinds.Contains(mapping.Kind) && string.IsNullOrWhiteSpace(mapping.Name))
            {
                yield return new PlanProblem("plan.network-without-name", network, $"Network '{network}' is mapped to a {mapping.Kind} without a name.",
                    $"Give the {mapping.Kind}'s name on the KVM host.");
            }
        }
    }

    private static IEnumerable<PlanProblem> Unmapped(PlanPolicy policy, IReadOnlyList<(string Asked, Vm Vm)> chosen) =>
        from use in chosen.SelectMany(one => one.Vm.Nics.Select(nic => (nic.NetworkName, Vm: one.Vm.Name)))
        where !policy.Networks.ContainsKey(use.NetworkName)
        group use.Vm by use.NetworkName into users
        select new PlanProblem("plan.unmapped-network", users.Key,
            $"Network '{users.Key}' is not mapped, and {Some([.. users.Distinct()])} use it.",
            $"Map '{users.Key}' to a bridge or network of the KVM host, or to 'none'.");

    private static IEnumerable<PlanProblem> Consoles(PlanPolicy policy, IReadOnlyList<(string Asked, Vm Vm)> chosen)
    {
        HashSet<string> names = [.. chosen.Select(one => one.Vm.Name)];
        foreach ((string name, string text) in policy.ExpectConsole)
        {
            if (!names.Contains(name))
            {
                yield return new PlanProblem("plan.console-for-unknown-vm", name, $"A console text is expected of '{name}', which is not in the plan.",
                    Suggestion.For(name, names) is { } near ? $"Did you mean '{near}'?" : "Expect texts of the plan's own VMs, by their names.");
            }
            if (string.IsNullOrEmpty(text))
            {
                yield return new PlanProblem("plan.empty-console-text", name, $"The console text that is expected of '{name}' is empty, so it would always be found.",
                    "Give the text that the guest prints when it is up.");
            }
        }
    }

    private static IEnumerable<PlanProblem> Times(PlanPolicy policy)
    {
        if (policy.BootTimeoutSeconds is < 1 or > 86_400)
        {
            yield return new PlanProblem("plan.bad-boot-timeout", "bootTimeoutSeconds", $"A boot timeout of {policy.BootTimeoutSeconds} s makes no sense.", "Give 1 to 86400 seconds.");
        }
        foreach (CutoverWindow window in policy.CutOverWindows.Where(window => window.To <= window.From))
        {
            yield return new PlanProblem("plan.bad-window", "cutOverWindows", $"A window from {window.From:u} to {window.To:u} is never open.", "Let it end after it begins.");
        }
        if (policy.AgentWaitSeconds is < 0 or > 86_400)
        {
            yield return new PlanProblem("plan.bad-agent-wait", "agentWaitSeconds", $"Waiting {policy.AgentWaitSeconds} s for the guest's agent makes no sense.", "Give 0 to 86400 seconds.");
        }
        if (policy.ObserveSeconds is < 0 or > 86_400)
        {
            yield return new PlanProblem("plan.bad-observation", "observeSeconds", $"Observing for {policy.ObserveSeconds} s makes no sense.", "Give 0 to 86400 seconds.");
        }
        if (policy.ObserveAtMostSeconds is { } most && (most < policy.ObserveSeconds || most > PlanPolicy.LongestObservationSeconds))
        {
            yield return new PlanProblem(
                "plan.bad-observation", "observeAtMostSeconds", $"Observing for {policy.ObserveSeconds} s at first and for {most} s at most makes no sense.",
                "Give at most 604800 seconds, and no less than the first look is after.");
        }
    }

    private static IEnumerable<PlanProblem> Modes(PlanPolicy policy, IReadOnlyList<(string Asked, Vm Vm)> chosen)
    {
        HashSet<string> names = [.. chosen.Select(one => one.Vm.Name)];
        return policy.Modes.Keys.Where(name => !names.Contains(name)).Select(name => new PlanProblem(
            "plan.mode-for-unknown-vm", name, $"A mode is given for '{name}', which is not in the plan.",
            Suggestion.For(name, names) is { } near ? $"Did you mean '{near}'?" : "Give modes for the plan's own VMs, by their names."));
    }

    private static IEnumerable<PlanProblem> Warm(WarmPolicy warm)
    {
        if (warm.AllowedDowntimeSeconds is < 1 or > 86_400)
        {
            yield return new PlanProblem("plan.bad-downtime", "warm.allowedDowntimeSeconds", $"An allowed downtime of {warm.AllowedDowntimeSeconds} s makes no sense.", "Give 1 to 86400 seconds.");
        }
        if (warm.PassIntervalSeconds is < 0 or > 604_800)
        {
            yield return new PlanProblem("plan.bad-pass-interval", "warm.passIntervalSeconds", $"A pass every {warm.PassIntervalSeconds} s makes no sense.",
                "Give up to 604800 seconds, or 0 for passes on demand only.");
        }
        if (warm.MostPasses is < 1 or > 1000)
        {
            yield return new PlanProblem("plan.bad-pass-limit", "warm.mostPasses", $"{warm.MostPasses} passes in a row make no sense.", "Give 1 to 1000.");
        }
        if (warm.DatastoreFreeShare is not (>= 0 and <= 0.9))
        {
            yield return new PlanProblem("plan.bad-free-share", "warm.datastoreFreeShare", $"A share of {warm.DatastoreFreeShare} cannot be kept free.", "Give 0 to 0.9.");
        }
    }

    public static string Some(IReadOnlyList<string> names) => names.Count <= 3
        ? string.Join(", ", names.Select(name => $"'{name}'"))
        : $"'{names[0]}', '{names[1]}' and {names.Count - 2} others";
}
