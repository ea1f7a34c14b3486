using System.Globalization;
using System.Net;
using System.Text.Json;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Validation.Identity;

/// <summary>Answers of the guest agent (QEMU, qga/qapi-schema.json) as records.</summary>
internal static class AgentAnswers
{
    /// <summary>Of guest-network-get-interfaces: those with a MAC address that is no loopback's.</summary>
    public static IReadOnlyList<IdentityInterface> Interfaces(JsonElement list) =>
    [
        .. list.EnumerateArray().Where(x => Text(x, "hardware-address") is { Length: > 0 } mac && mac != "00:00:00:00:00:00").Select(x => new IdentityInterface
        {
            Mac = Text(x, "hardware-address")!.ToLowerInvariant(),
            Name = Text(x, "name"),
            Addresses = x.TryGetProperty("ip-addresses", out var addresses)
                ? [.. addresses.EnumerateArray().Select(a => IdentityAddress.Of(Text(a, "ip-address") ?? "", a.GetProperty("prefix").GetInt32())).OfType<IdentityAddress>()]
                : [],
        }),
    ];

    /// <summary>Of guest-network-get-route, those by a gateway. IPv4 masks come as addresses, IPv6 lengths beside them.</summary>
    public static IReadOnlyList<GuestRoute> Routes(JsonElement list)
    {
        List<GuestRoute> routes = [];
        foreach (var route in list.EnumerateArray())
        {
            if (IPAddress.TryParse(Text(route, "gateway") ?? Text(route, "nexthop") ?? "", out var gateway) && !IsAny(gateway)
                && IPAddress.TryParse(Text(route, "destination")?.Split('/')[0] ?? "", out var network) && LengthOf(route) is { } length)
            {
                routes.Add(new GuestRoute(network.ToString(), length, gateway.ToString()));
            }
        }

        return routes;
    }

    public static int BitsOf(byte[] mask) => mask.Sum(b => int.PopCount(b));

    private static int? LengthOf(JsonElement route) =>
        IPAddress.TryParse(Text(route, "mask") ?? "", out var mask) ? BitsOf(mask.GetAddressBytes())
        : int.TryParse(Text(route, "desprefixlen"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : null;

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;
}
