using System.Globalization;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>The target did what it must not; says how to see it again.</summary>
internal sealed class FuzzFailure(int seed, long session, string what, ReadOnlySpan<byte> sent, Exception? inner = null)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, session {session}: {what}; the host had sent {Hex(sent)}"), inner)
{
    private const int MostBytes = 16 * 1024;

    private static string Hex(ReadOnlySpan<byte> sent) => sent.Length <= MostBytes
        ? Convert.ToHexStringLower(sent)
        : $"{sent.Length} bytes, the last of them {Convert.ToHexStringLower(sent[^MostBytes..])}";
}
