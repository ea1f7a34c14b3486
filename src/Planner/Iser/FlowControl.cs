using System.Text.RegularExpressions;

namespace Migrate.Planner.Iser;

/// <summary>
/// What an operator showed of an uplink's flow control, since vSphere's API does not: null members were not shown.
/// </summary>
public sealed partial record FlowControl(bool? PauseReceive, bool? PauseTransmit, bool? PriorityFlowControl)
{
    /// <summary>
    /// Reads the output of "esxcli network nic pauseParams list" (a table by NIC) and of any number of
    /// "esxcli network nic dcb status get -n vmnicN", one after the other in one text. By uplink; empty when the text has neither.
    /// </summary>
    public static IReadOnlyDictionary<string, FlowControl> Parse(string esxcli)
    {
        var found = new Dictionary<string, FlowControl>(StringComparer.Ordinal);
        string? dcbNic = null;
        string? header = null;
        foreach (var line in esxcli.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (line.Contains("Pause RX", StringComparison.OrdinalIgnoreCase) && line.Contains("Pause TX", StringComparison.OrdinalIgnoreCase))
            {
                header = line;
            }
            else if (header is not null && line.TrimStart() is var row && row.StartsWith("vmnic", StringComparison.Ordinal))
            {
                var nic = row.Split(' ', 2)[0];
                found[nic] = Of(found, nic) with { PauseReceive = Flag(Under(header, "Pause RX", line)), PauseTransmit = Flag(Under(header, "Pause TX", line)) };
            }
            else if (Value(line, "Nic Name") is { } name)
            {
                dcbNic = name;
            }
            else if (dcbNic is not null && Value(line, "PFC Enabled") is { } pfc)
            {
                found[dcbNic] = Of(found, dcbNic) with { PriorityFlowControl = Flag(pfc) };
            }
        }

        return found;
    }

    public override string ToString() => string.Join(", ", new[]
    {
        PriorityFlowControl is { } pfc ? $"PFC {Word(pfc)}" : null,
        PauseReceive is { } rx ? $"pause RX {Word(rx)}" : null,
        PauseTransmit is { } tx ? $"pause TX {Word(tx)}" : null,
    }.OfType<string>() is var all && all.Any() ? all : ["not shown"]);

    private static FlowControl Of(Dictionary<string, FlowControl> found, string nic) => found.GetValueOrDefault(nic) ?? new FlowControl(null, null, null);

    /// <summary>
    /// The words of a line that stand under any part of a column's title. The column may be aligned to the left or to the right, and no
    /// word under it reaches the title beside.
    /// </summary>
    private static string Under(string header, string title, string line)
    {
        var start = header.IndexOf(title, StringComparison.OrdinalIgnoreCase);
        return string.Join(' ', WordPattern().Matches(line).Where(w => w.Index < start + title.Length && w.Index + w.Length > start).Select(w => w.Value));
    }

    private static string? Value(string line, string name) =>
        line.Trim() is var text && text.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) ? text[(name.Length + 1)..].Trim() : null;

    private static bool? Flag(string text) => bool.TryParse(text, out var flag) ? flag : null;

    private static string Word(bool on) => on ? "on" : "off";

    [GeneratedRegex(@"\S+")]
    private static partial Regex WordPattern();
}
