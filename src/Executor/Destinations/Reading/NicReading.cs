using System.Globalization;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>Network interfaces from /sys/class/net, ip addr and ip route.</summary>
internal static class NicReading
{
    public static IReadOnlyList<HostNic> Parse(string sys, string addresses, string routes)
    {
        var addressesOf = Lines(addresses).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 3 && words[2] is "inet" or "inet6").ToLookup(words => words[1].Split('@')[0], words => words[3], StringComparer.Ordinal);
        var defaults = Lines(routes).Select(line => line.Split(' ')).Select(words => Array.IndexOf(words, "dev") is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : "").ToHashSet(StringComparer.Ordinal);
        return
        [
            .. ("\n" + sys).Split("\nnic ")[1..].Select(block =>
            {
                var lines = Lines(block);
                var facts = HostAnswers.Pairs(string.Join('\n', lines.Skip(1)));
                return Nic(lines[0], facts) with { Addresses = [.. addressesOf[lines[0]]], DefaultRoute = defaults.Contains(lines[0]) };
            }),
        ];
    }

    private static HostNic Nic(string name, Dictionary<string, string> facts) => new()
    {
        Name = name,
        Kind = facts.GetValueOrDefault("kind") ?? (facts.ContainsKey("driver") ? "physical" : "virtual"),
        Driver = facts.GetValueOrDefault("driver"),
        // The kernel says -1 for a link that is down and for devices that have none.
        SpeedMbps = Number(facts, "speed") is > 0 and var speed ? (int)speed : null,
        Duplex = facts.GetValueOrDefault("duplex") is { } duplex and not "unknown" ? duplex : null,
        Mtu = (int)(Number(facts, "mtu") ?? 0),
        State = facts.GetValueOrDefault("operstate") ?? "",
        NumaNode = Number(facts, "numa") is >= 0 and var node ? (int)node : null,
        Master = facts.GetValueOrDefault("master"),
        Errors = new NicErrors(
            Number(facts, "rx_packets") ?? 0, Number(facts, "rx_errors") ?? 0, Number(facts, "rx_dropped") ?? 0, Number(facts, "rx_crc_errors") ?? 0,
            Number(facts, "tx_packets") ?? 0, Number(facts, "tx_errors") ?? 0, Number(facts, "tx_dropped") ?? 0),
    };

    private static long? Number(Dictionary<string, string> facts, string name) =>
        facts.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
