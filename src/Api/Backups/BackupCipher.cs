using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrate.Planner;

namespace Migrate.Api.Backups;

/// <summary>
/// A backup under a passphrase: one line (name, version, salt, iterations), then pieces of up to 1 MiB, each by AES-256-GCM under a key that PBKDF2-SHA256 makes of the
/// passphrase. A piece's number is its nonce, and its length, with a mark on the last, is authenticated with it: none can be changed, moved or cut off unseen.
/// </summary>
internal static class BackupCipher
{
    private const string Name = "migrate-backup-encrypted 1";
    private const int Iterations = 600_000;
    private const int PieceBytes = 1 << 20;
    private const uint LastMark = 0x8000_0000;
    private const int TagBytes = 16;
    private const int LongestLine = 200;

    public static bool IsEncrypted(Stream file)
    {
        var start = new byte[Name.Length];
        var got = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return got == start.Length && Encoding.ASCII.GetString(start) == Name;
    }

    public static void Encrypt(Stream plain, Stream file, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Name} {Convert.ToHexString(salt)} {Iterations}\n")));
        using var aes = new AesGcm(KeyOf(passphrase, salt, Iterations), TagBytes);
        var (piece, next, sealedPiece, tag, head, nonce) = (new byte[PieceBytes], new byte[PieceBytes], new byte[PieceBytes], new byte[TagBytes], new byte[4], new byte[12]);
        var length = plain.ReadAtLeast(piece, PieceBytes, throwOnEndOfStream: false);
        for (long number = 0; ; number++)
        {
            var after = plain.ReadAtLeast(next, PieceBytes, throwOnEndOfStream: false);
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)length | (after == 0 ? LastMark : 0));
            BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), number);
            aes.Encrypt(nonce, piece.AsSpan(0, length), sealedPiece.AsSpan(0, length), tag, head);
            file.Write(head);
            file.Write(tag);
            file.Write(sealedPiece, 0, length);
            if (after == 0)
            {
                return;
            }

            (piece, next, length) = (next, piece, after);
        }
    }

    public static void Decrypt(Stream file, Stream plain, string passphrase)
    {
        var words = ReadLine(file).Split(' ');
        if (words.Length != 4 || !int.TryParse(words[3], CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > 100_000_000)
        {
            throw Damaged();
        }

        try
        {
            using var aes = new AesGcm(KeyOf(passphrase, Convert.FromHexString(words[2]), iterations), TagBytes);
            var (piece, opened, tag, head, nonce) = (new byte[PieceBytes], new byte[PieceBytes], new byte[TagBytes], new byte[4], new byte[12]);
            for (long number = 0; ; number++)
            {
                file.ReadExactly(head);
                var word = BinaryPrimitives.ReadUInt32BigEndian(head);
                var length = (int)(word & ~LastMark);
                if (length > PieceBytes)
                {
                    throw Damaged();
                }

                file.ReadExactly(tag);
                file.ReadExactly(piece, 0, length);
                BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), number);
                aes.Decrypt(nonce, piece.AsSpan(0, length), tag, opened.AsSpan(0, length), head);
                plain.Write(opened, 0, length);
                if ((word & LastMark) != 0)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is CryptographicException or EndOfStreamException or FormatException)
        {
            throw Damaged(e);
        }
    }

    private static byte[] KeyOf(string passphrase, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, iterations, HashAlgorithmName.SHA256, 32);

    private static string ReadLine(Stream file)
    {
        var line = new StringBuilder();
        for (var c = file.ReadByte(); c != '\n'; c = file.ReadByte())
        {
            if (c < 0 || line.Length > LongestLine)
            {
                throw Damaged();
            }

            line.Append((char)c);
        }

        return line.ToString();
    }

    private static MigrateException Damaged(Exception? inner = null) => new(
        "backup.cannot-open", "The backup cannot be opened: the passphrase is another, or the file is damaged.", "Give the passphrase that it was made with, or take another backup.", inner);
}
