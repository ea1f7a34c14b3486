using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Migrate.Planner.VSphere;

/// <summary>A certificate's hash, written as colon-separated upper-case hex.</summary>
internal static class Thumbprint
{
    public static string Of(X509Certificate certificate) => Colons(certificate.GetCertHashString(HashAlgorithmName.SHA256));

    /// <summary>vSphere itself names the certificates of its hosts by SHA-1; only for names that came over a connection already trusted.</summary>
    public static string Sha1Of(X509Certificate certificate) => Colons(certificate.GetCertHashString(HashAlgorithmName.SHA1));

    /// <summary>The operator's spelling (case, colons, spaces) to ours; refuses what is not a SHA-256.</summary>
    public static string Parse(string text)
    {
        var hex = new string([.. text.Where(c => c is not (':' or ' ' or '-'))]);
        if (hex.Length != 64 || !hex.All(char.IsAsciiHexDigit))
        {
            throw new MigrateException("source.thumbprint-invalid", $"'{text}' is not a SHA-256 thumbprint.",
                "Give the 64 hex digits of the certificate's SHA-256, with or without colons (openssl x509 -noout -fingerprint -sha256).");
        }

        return Colons(hex.ToUpperInvariant());
    }

    public static string Colons(string hex) => string.Join(':', hex.Chunk(2).Select(pair => new string(pair)));
}
