namespace Migrate.Planner.Tests.Offline;

/// <summary>Does to a file what transfers, editors and failing disks do: cuts, changed bytes, pieces that are missing, doubled or filled with something else.</summary>
internal static class Damage
{
    public static byte[] Do(byte[] bytes, Random random)
    {
        for (var times = random.Next(1, 4); times > 0 && bytes.Length > 1; times--)
        {
            var at = random.Next(bytes.Length);
            var length = random.Next(1, Math.Min(200, bytes.Length - at) + 1);
            bytes = random.Next(6) switch
            {
                0 => bytes[..at],
                1 => [.. bytes[..at], .. bytes[(at + length)..]],
                2 => [.. bytes[..(at + length)], .. bytes[at..]],
                3 => Changed(bytes, at, Math.Min(length, 4), i => (byte)random.Next(256)),
                4 => Changed(bytes, at, length, _ => 0),
                // Still the same kind of file, with other numbers in it.
                _ => Changed(bytes, 0, bytes.Length, i => bytes[i] is >= (byte)'0' and <= (byte)'9' && random.Next(10) == 0 ? (byte)random.Next('-', ':') : bytes[i]),
            };
        }

        return bytes;
    }

    private static byte[] Changed(byte[] bytes, int at, int length, Func<int, byte> change)
    {
        var copy = bytes.ToArray();
        for (var i = at; i < at + length; i++)
        {
            copy[i] = change(i);
        }

        return copy;
    }
}
