using System.Security.Cryptography;
using System.Text;

namespace Migrate.Simulator.Inventory;

/// <summary>Values that look random and are the same in every run: derived from a text by SHA-256.</summary>
public static class StableBytes
{
    public static byte[] Of(string about) => SHA256.HashData(Encoding.UTF8.GetBytes(about));

    public static Guid Uuid(string about)
    {
        var bytes = Of(about)[..16];
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    public static string Hex(string about, int digits) => Convert.ToHexStringLower(Of(about))[..digits];

    /// <summary>VMware's way to write a disk UUID: "6000C29a-bcde-…".</summary>
    public static string DiskUuid(string about)
    {
        var hex = Hex(about, 25);
        return $"6000C29{hex[0]}-{hex[1..5]}-{hex[5..9]}-{hex[9..13]}-{hex[13..25]}";
    }

    public static string Mac(string about)
    {
        var bytes = Of(about);
        return $"00:50:56:{bytes[0] & 0x3f | 0x80:x2}:{bytes[1]:x2}:{bytes[2]:x2}";
    }
}
