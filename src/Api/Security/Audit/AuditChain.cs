using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrate.Executor.Manifests;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Audit;

/// <summary>
/// How a line's hash is made: SHA-256 over the UTF-8 of a JSON array of strings, without white space, in which only quotation marks and backslashes are escaped, as \\" and \\\\ (no line has control characters or surrogates):
/// sequence, time (yyyy-MM-ddTHH:mm:ss.fffZ), kind, sequence asked or "", who, through, came from, action, target, outcome, reason,
/// trace id, hash of the line before ("" for the first). The signature is of the hash's 64 hex digits in ASCII.
/// </summary>
internal static class AuditChain
{
    public static string HashOf(AuditEntry entry, string before)
    {
        string[] parts =
        [
            entry.Sequence.ToString(CultureInfo.InvariantCulture),
            entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            entry.Kind,
            entry.AskedAs?.ToString(CultureInfo.InvariantCulture) ?? "",
            entry.Who, entry.Through, entry.CameFrom, entry.Action, entry.Target, entry.Outcome, entry.Reason, entry.TraceId,
            before,
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"[{string.Join(',', parts.Select(x => $"\"{Escaped(x)}\""))}]")));
    }

    // By hand: .NET's own writers escape more than JSON demands, and what exactly is their version's affair.
    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    public static string Sign(InstallationKey key, string hash)
    {
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(hash));
        return Convert.ToBase64String(key.Sign(stream));
    }

    public static bool IsSigned(AuditEntry entry, string publicPem)
    {
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(entry.Hash));
        Span<byte> signature = stackalloc byte[128];
        return Convert.TryFromBase64String(entry.Signature, signature, out var length) && InstallationKey.IsSignedBy(stream, signature[..length], publicPem, out _);
    }

    /// <summary>Reads lines in order and says at the first that does not follow from the one before what is wrong with it.</summary>
    public static async Task<AuditCheck> CheckAsync(IAsyncEnumerable<AuditEntry> entries, string publicPem, AuditHead? head, CancellationToken cancellationToken)
    {
        var (count, before, headSeen) = (0L, "", head is null);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            var wrong = entry.Sequence != count + 1 ? $"line {count + 1} is missing: the next is {entry.Sequence}"
                : HashOf(entry, before) != entry.Hash ? $"line {entry.Sequence} was changed, or the one before it was"
                : !IsSigned(entry, publicPem) ? $"line {entry.Sequence} is not signed by this installation"
                : head?.Sequence == entry.Sequence && head.Hash != entry.Hash ? $"line {entry.Sequence} is not the one that was written"
                : null;
            if (wrong is not null)
            {
                return new AuditCheck(false, count, before, wrong);
            }

            (count, before, headSeen) = (entry.Sequence, entry.Hash, headSeen || head!.Sequence == entry.Sequence);
        }

        return headSeen || head!.Sequence == 0
            ? new AuditCheck(true, count, before, null)
            : new AuditCheck(false, count, before, $"the end is missing: {head.Sequence} lines were written");
    }
}

/// <summary>The last line as it was written, kept beside the database: without it, a log whose end is cut off looks whole.</summary>
internal sealed record AuditHead(long Sequence, string Hash)
{
    public override string ToString() => $"{Sequence.ToString(CultureInfo.InvariantCulture)} {Hash}";

    public static AuditHead? Parse(string text) =>
        text.Trim().Split(' ') is [var number, var hash] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? new AuditHead(sequence, hash) : null;
}
