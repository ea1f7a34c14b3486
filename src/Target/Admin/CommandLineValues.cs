using System.Globalization;
using System.Net;

namespace Migrate.Target.Admin;

/// <summary>Values of the command line; a wrong one is a <see cref="FormatException"/> that names it.</summary>
internal static class CommandLineValues
{
    public static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new FormatException($"\"{text}\" is no IP address");

    public static IPEndPoint EndPoint(string text) =>
        text.Contains(':') && IPEndPoint.TryParse(text, out var endPoint) ? endPoint : throw new FormatException($"\"{text}\" is not ADDRESS:PORT");

    public static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{text}\" is no number");

    public static Guid Uuid(string text) => Guid.TryParse(text, out var uuid) ? uuid : throw new FormatException($"\"{text}\" is no UUID");

    public static long Size(string text)
    {
        var shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= long.MaxValue >> shift
            ? size << shift
            : throw new FormatException($"\"{text}\" is no size");
    }

    public static bool OnOrOff(string text) => text switch
    {
        "on" => true,
        "off" => false,
        _ => throw new FormatException($"\"{text}\" is neither on nor off"),
    };

    public static TargetEngine Engine(string text) =>
        Enum.TryParse<TargetEngine>(text, ignoreCase: true, out var engine) && Enum.IsDefined(engine) ? engine : throw new FormatException($"\"{text}\" is no engine");

    /// <summary>UUID:SIZE or UUID:SIZE:PATH.</summary>
    public static NamespaceSpec Namespace(string text, NamespaceSpec shape)
    {
        var parts = text.Split(':', 3);
        return parts.Length < 2 ? throw new FormatException($"\"{text}\" is not UUID:SIZE or UUID:SIZE:PATH")
            : shape with { Uuid = Uuid(parts[0]), CapacityBytes = Size(parts[1]), BackingPath = parts.ElementAtOrDefault(2) };
    }

    /// <summary>ID=ADDRESS:PORT.</summary>
    public static PortSpec Port(string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length != 2 || !ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            throw new FormatException($"\"{text}\" is not ID=ADDRESS:PORT");
        }

        var endPoint = EndPoint(parts[1]);
        return new PortSpec(id, endPoint.Address, endPoint.Port);
    }
}
