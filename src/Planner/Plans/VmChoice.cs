using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>Finds the VMs that a request names, by name or by key, and says what is wrong with the names.</summary>
internal sealed class VmChoice
{
    private readonly Dictionary<string, Vm> _byKey;
    private readonly ILookup<string, Vm> _byName;

    private readonly string _inventory;
    private readonly int? _version;

    /// <param name="inventory">What there is to choose from.</param>
    /// <param name="version">Its version where it is not the newest; null where it is.</param>
    public VmChoice(SourceInventory inventory, int? version = null)
    {
        _inventory = version is null ? "The newest inventory" : $"Inventory version {version}, by which runs of this plan go,";
        _version = version;
        _byKey = inventory.Vms.ToDictionary(vm => vm.Key);
        _byName = inventory.Vms.ToLookup(vm => vm.Name);
    }

    /// <summary>The chosen VMs in the order asked for, each with the entry that named it.</summary>
    public List<(string Asked, Vm Vm)> Choose(string plan, IReadOnlyList<string> names, List<PlanProblem> problems)
    {
        var chosen = new List<(string, Vm)>();
        var taken = new HashSet<string>();
        if (names.Count == 0)
        {
            problems.Add(new PlanProblem("plan.no-vms", plan, "The plan names no VM.", "Name at least one VM."));
        }
        foreach (string name in names)
        {
            if (Find(name, problems) is not { } vm)
            {
                continue;
            }
            if (!taken.Add(vm.Key))
            {
                problems.Add(new PlanProblem("plan.duplicate-vm", name, $"'{name}' is named more than once.", "Name each VM once."));
                continue;
            }
            chosen.Add((name, vm));
        }
        return chosen;
    }

    private Vm? Find(string name, List<PlanProblem> problems)
    {
        List<Vm> named = [.. _byName[name]];
        if (named.Count == 1)
        {
            return named[0];
        }
        if (named.Count > 1)
        {
            string keys = string.Join(", ", named.Select(vm => $"{vm.Key} in {(vm.Folder.Length == 0 ? "the root folder" : vm.Folder)}"));
            problems.Add(new PlanProblem("plan.ambiguous-vm", name, $"{named.Count} VMs are called '{name}': {keys}.", "Name the one that is meant by its key."));
            return null;
        }
        if (_byKey.TryGetValue(name, out Vm? vm))
        {
            return vm;
        }
        string? near = Suggestion.For(name, _byName.Select(group => group.Key));
        problems.Add(new PlanProblem("plan.unknown-vm", name, $"{_inventory} has no VM '{name}'.",
            near is not null ? $"Did you mean '{near}'?" : _version is null ? "List the source's VMs; synchronise if the VM is new." : "Make a plan of its own for what is newer than this one."));
        return null;
    }
}
