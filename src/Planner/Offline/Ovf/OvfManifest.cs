using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>The digests of a package's files (.mf), and whether the files are still those.</summary>
internal static partial class OvfManifest
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads every file that the manifest names, all of it: as long as a disk takes. Differences are problems.</summary>
    public static async Task CheckAsync(OvfPackage package, Problems problems, CancellationToken cancellationToken)
    {
        if (package.Manifest is not { } manifest)
        {
            problems.Add(package.Name, "it has no manifest (.mf), so that nothing tells whether its files are whole");
            return;
        }

        if (manifest.Length > MaxBytes)
        {
            problems.Add(package.Name, $"its manifest has {manifest.Length} bytes; more than {MaxBytes} are not read");
            return;
        }

        using var reader = new StreamReader(manifest.Open(), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Line().Match(line) is { Success: true } m)
            {
                await CheckAsync(package, m.Groups["file"].Value, m.Groups["algorithm"].Value, m.Groups["digest"].Value, problems, cancellationToken);
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                problems.Add(package.Name, $"a line of its manifest is none: {line}");
            }
        }
    }

    private static async Task CheckAsync(OvfPackage package, string name, string algorithm, string digest, Problems problems, CancellationToken cancellationToken)
    {
        if (package.Find(name, out var why) is not { } file)
        {
            problems.Add(package.Name, $"{name} is in the manifest and was not found: {why}");
            return;
        }

        try
        {
            await using var stream = file.Open();
            // SHA-1 because older packages have nothing else: against accidents it still tells.
#pragma warning disable CA5350
            var actual = algorithm.ToUpperInvariant() switch
            {
                "SHA1" => await SHA1.HashDataAsync(stream, cancellationToken),
                "SHA256" => await SHA256.HashDataAsync(stream, cancellationToken),
                "SHA384" => await SHA384.HashDataAsync(stream, cancellationToken),
                "SHA512" => await SHA512.HashDataAsync(stream, cancellationToken),
                _ => null,
            };
#pragma warning restore CA5350
            if (actual is null)
            {
                problems.Add(package.Name, $"the manifest gives a {algorithm} of {name}, which is not known here");
            }
            else if (!Convert.ToHexString(actual).Equals(digest, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add(package.Name, $"{name} is not what the manifest was made of: its {algorithm} is {Convert.ToHexStringLower(actual)}, where {digest.ToLowerInvariant()} is stated");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(package.Name, $"{name} cannot be read: {e.Message}");
        }
    }

    [GeneratedRegex("""^\s*(?<algorithm>[A-Za-z0-9]{1,12})\s*\((?<file>[^)]{1,1024})\)\s*=\s*(?<digest>[0-9A-Fa-f]{8,128})\s*$""", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
