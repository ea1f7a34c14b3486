using System.Globalization;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>Which disk of which VM has which storage policy, by the names of the policy service ("vm-42:2000").</summary>
internal sealed class PolicyMap(IEnumerable<(string Disk, StoragePolicy Policy)> disks)
{
    public static readonly PolicyMap Empty = new([]);

    private readonly ILookup<string, (int Disk, StoragePolicy Policy)> _policies = disks
        .Select(d => (Parts: d.Disk.Split(':'), d.Policy))
        .Where(d => d.Parts.Length == 2 && int.TryParse(d.Parts[1], CultureInfo.InvariantCulture, out _))
        .ToLookup(d => d.Parts[0], d => (int.Parse(d.Parts[1], CultureInfo.InvariantCulture), d.Policy), StringComparer.Ordinal);

    /// <summary>All that a VM's record takes from it, as a text to compare.</summary>
    public string TextOf(string vmKey) => string.Join('\n', _policies[vmKey].OrderBy(d => d.Disk).ThenBy(d => d.Policy.Id, StringComparer.Ordinal)
        .Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Disk} {d.Policy}")));

    /// <summary>The VM with the policies of its disks.</summary>
    public Vm With(Vm vm)
    {
        if (!_policies.Contains(vm.Key))
        {
            return vm;
        }

        var ofDisk = _policies[vm.Key].OrderBy(d => d.Policy.Id, StringComparer.Ordinal).GroupBy(d => d.Disk).ToDictionary(g => g.Key, g => g.First().Policy);
        return vm with { Disks = [.. vm.Disks.Select(d => ofDisk.TryGetValue(d.Key, out var policy) ? d with { Policy = policy } : d)] };
    }
}
