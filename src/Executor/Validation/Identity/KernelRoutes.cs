using System.Globalization;
using System.Net;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Validation.Identity;

/// <summary>Routes by a gateway in Linux's own tables, /proc/net/route and /proc/net/ipv6_route, whose words are the processor's.</summary>
internal static class KernelRoutes
{
    private const uint Up = 1;
    private const uint ByGateway = 2;
    private const uint Cached = 0x01000000;

    public static IEnumerable<GuestRoute> IPv4(string table)
    {
        foreach (var line in Lines(table))
        {
            if (line is [_, var network, var gateway, var flags, _, _, _, var mask, ..] && Word(flags) is { } bits && (bits & (Up | ByGateway)) == (Up | ByGateway)
                && Word(network) is { } to && Word(gateway) is { } by && Word(mask) is { } under)
            {
                yield return new GuestRoute(Address(to), uint.PopCount(under) is var length ? (int)length : 0, Address(by));
            }
        }
    }

    public static IEnumerable<GuestRoute> IPv6(string table)
    {
        foreach (var line in Lines(table))
        {
            if (line is [{ Length: 32 } network, var length, _, _, { Length: 32 } gateway, _, _, _, var flags, ..] && Word(flags) is { } bits
                && (bits & (Up | ByGateway | Cached)) == (Up | ByGateway) && Word(length) is { } prefix)
            {
                yield return new GuestRoute(new IPAddress(Convert.FromHexString(network)).ToString(), (int)prefix, new IPAddress(Convert.FromHexString(gateway)).ToString());
            }
        }
    }

    private static IEnumerable<string[]> Lines(string table) =>
        table.Split('\n').Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(x => x.Length > 0);

    private static uint? Word(string hex) => uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var word) ? word : null;

    private static string Address(uint word) => new IPAddress(BitConverter.GetBytes(word)).ToString();
}
