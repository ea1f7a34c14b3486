using System.Text;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>A disk with a guest of one sector: it asks its BIOS to write twice, says so on its serial port and stops. Nothing else of it writes.</summary>
internal static class KnownWrites
{
    public const string Marker = "WROTE";
    /// <summary>32 KiB at 1 MiB are one block of 64 KiB, 32 KiB at 2 MiB + 48 KiB reach into two.</summary>
    public const long Bytes = 3 * 65536;
    private const int Origin = 0x7C00;
    private const int Sectors = 64;
    private const int First = 2048;
    private const int Second = 4096 + 96;

    public static async Task<string> DiskAsync(string directory)
    {
        var path = await Estates.PlainDiskAsync(directory);
        await using var file = File.OpenWrite(path);
        await file.WriteAsync(BootSector());
        return path;
    }

    private static byte[] BootSector()
    {
        var sector = new byte[512];
        byte[] code =
        [
            0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x7C, // xor ax,ax; ds = ss = ax; sp = 7C00h
            0xBE, 0x80, 0x7C, 0xB8, 0x00, 0x43, 0xCD, 0x13, 0x72, 0xFE, // write by the packet at 7C80h (INT 13h, AH 43h); stay here if refused
            0xBE, 0x90, 0x7C, 0xB8, 0x00, 0x43, 0xCD, 0x13, 0x72, 0xFE, // and by that at 7C90h
            0xBE, 0xA0, 0x7C, 0xBA, 0xF8, 0x03, // what is at 7CA0h to COM1
            0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8, // lodsb; until 0: out dx,al
            0xF4, 0xEB, 0xFD, // hlt for ever
        ];
        code.CopyTo(sector, 0);
        Packet(First).CopyTo(sector, 0x7C80 - Origin);
        Packet(Second).CopyTo(sector, 0x7C90 - Origin);
        Encoding.ASCII.GetBytes(Marker + "\r\n\0").CopyTo(sector, 0x7CA0 - Origin);
        (sector[510], sector[511]) = (0x55, 0xAA);
        return sector;
    }

    /// <summary>Disk address packet: its size, sectors, buffer at 0800:0000, first sector.</summary>
    private static byte[] Packet(int sector) => [16, 0, Sectors, 0, 0, 0, 0, 8, .. BitConverter.GetBytes((long)sector)];
}
