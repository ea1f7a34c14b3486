using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Migrate.Executor.Conversion;

/// <summary>
/// Names of the files in an initramfs: cpio archives one after the other, of which the last is mostly compressed (the kernel's
/// Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
public static class InitramfsNames
{
    private const string Trailer = "TRAILER!!!";
    private const int HeaderBytes = 110;
    private const int LongestName = 4096;

    private static readonly (byte[] Magic, string Program)[] Packers =
    [
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), ([0xfd, 0x37, 0x7a, 0x58], "xz"), ([0x5d, 0, 0], "xz"), ([0x42, 0x5a, 0x68], "bzip2"), ([0x02, 0x21, 0x4c, 0x18], "lz4"),
    ];

    /// <summary>Null when it cannot be read: an unknown compression, one whose program is not here, or no initramfs at all.</summary>
    public static async Task<IReadOnlySet<string>?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, useAsync: true);
            while (await NextAsync(file, cancellationToken))
            {
                var at = file.Position;
                var magic = new byte[6];
                var got = await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
                file.Position = at;
                if (got == magic.Length && IsCpio(magic))
                {
                    await ArchiveAsync(file, names, cancellationToken);
                }
                else if (magic is [0x1f, 0x8b, ..])
                {
                    await using var unpacked = new GZipStream(file, CompressionMode.Decompress);
                    await ArchiveAsync(unpacked, names, cancellationToken);
                    return names;
                }
                else if (Packers.FirstOrDefault(x => magic.AsSpan().StartsWith(x.Magic)) is { Program: { } program })
                {
                    await UnpackAsync(program, path, at, names, cancellationToken);
                    return names;
                }
                else
                {
                    return null;
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or System.ComponentModel.Win32Exception)
        {
            return null;
        }

        return names.Count > 0 ? names : null;
    }

    private static async Task UnpackAsync(string program, string path, long from, HashSet<string> names, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", "tail -c +$(($2 + 1)) \"$1\" | $3 -dc 2>/dev/null", "sh", path, from.ToString(CultureInfo.InvariantCulture), program])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            await ArchiveAsync(process.StandardOutput.BaseStream, names, cancellationToken);
        }
        finally
        {
            process.Kill(entireProcessTree: true); // What follows the archive is of no interest.
        }
    }

    /// <summary>Past the zeroes between two archives; false at the end.</summary>
    private static async Task<bool> NextAsync(FileStream file, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await file.ReadAsync(buffer, cancellationToken) is > 0 and var got)
        {
            if (buffer.AsSpan(0, got).IndexOfAnyExcept((byte)0) is >= 0 and var at)
            {
                file.Position += at - got;
                return true;
            }
        }

        return false;
    }

    private static bool IsCpio(ReadOnlySpan<byte> magic) => magic.SequenceEqual("070701"u8) || magic.SequenceEqual("070702"u8);

    private static async Task ArchiveAsync(Stream stream, HashSet<string> names, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        while (true)
        {
            await stream.ReadExactlyAsync(header, cancellationToken);
            if (!IsCpio(header.AsSpan(0, 6)))
            {
                throw new InvalidDataException("no entry of a cpio archive");
            }

            var (size, nameSize) = (Field(header, 6), Field(header, 11));
            if (nameSize is 0 or > LongestName)
            {
                throw new InvalidDataException("a name of a cpio archive that is too long");
            }

            var name = new byte[nameSize + Padding(HeaderBytes + nameSize)];
            await stream.ReadExactlyAsync(name, cancellationToken);
            var text = Encoding.UTF8.GetString(name, 0, (int)nameSize - 1);
            if (text == Trailer)
            {
                return;
            }

            names.Add(text.TrimStart('.', '/'));
            await SkipAsync(stream, size + Padding(size), cancellationToken);
        }
    }

    private static long Field(byte[] header, int number) =>
        long.Parse(Encoding.ASCII.GetString(header, 6 + (8 * number), 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static long Padding(long length) => (4 - (length % 4)) % 4;

    private static async Task SkipAsync(Stream stream, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        while (bytes > 0)
        {
            var part = (int)Math.Min(buffer.Length, bytes);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, part), cancellationToken);
            bytes -= part;
        }
    }
}
