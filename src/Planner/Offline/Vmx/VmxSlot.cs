using System.Globalization;
using System.Text.RegularExpressions;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>A place where a drive may be, e.g. scsi0:1; <see cref="Name"/> is what its settings begin with.</summary>
internal sealed partial record VmxSlot(string Bus, int Number, int Unit)
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Bus}{Number}:{Unit}");

    public string Controller => string.Create(CultureInfo.InvariantCulture, $"{Bus}{Number}");

    /// <summary>Keys as vSphere numbers devices, so that a VM has the same ones here and there.</summary>
    public int ControllerKey => Number + Bus switch { "ide" => 200, "scsi" => 1000, "sata" => 15000, _ => 31000 };

    public int Key => Bus switch
    {
        "ide" => 3000 + (Number * 2) + Unit,
        "scsi" => 2000 + (Number * 16) + Unit,
        "sata" => 16000 + (Number * 30) + Unit,
        _ => 32000 + (Number * 15) + Unit,
    };

    /// <summary>All slots that settings name and that are there, in order; what no VM can have is a problem.</summary>
    public static List<VmxSlot> In(VmxSettings settings, string fileName, Problems problems)
    {
        var slots = new HashSet<VmxSlot>();
        foreach (var match in settings.Names.Select(n => Pattern().Match(n)).Where(m => m.Success))
        {
            var slot = new VmxSlot(match.Groups["bus"].Value.ToLowerInvariant(), int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups["unit"].ValueSpan, CultureInfo.InvariantCulture));
            if (!settings.Flag($"{slot.Name}.present"))
            {
                continue;
            }

            if (slot.IsPossible)
            {
                slots.Add(slot);
            }
            else
            {
                problems.Add(fileName, $"{slot.Name} is a place that no VM has; it is left out");
            }
        }

        return [.. slots.OrderBy(s => s.ControllerKey).ThenBy(s => s.Unit)];
    }

    private bool IsPossible => Bus switch
    {
        "ide" => Number < 2 && Unit < 2,
        "scsi" => Number < 4 && Unit < 65 && Unit != 7,
        "sata" => Number < 4 && Unit < 30,
        _ => Number < 4 && Unit < 64,
    };

    [GeneratedRegex("""^(?<bus>ide|scsi|sata|nvme)(?<number>\d{1,3}):(?<unit>\d{1,3})\.""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
