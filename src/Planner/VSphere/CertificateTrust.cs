using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Decides which certificates are accepted: the pinned one for the source, hosts that the source itself named over its pinned
/// connection by their own thumbprints, and otherwise the system's trust. There is no way to accept any certificate.
/// </summary>
internal sealed class CertificateTrust(Uri source, string? thumbprint)
{
    private readonly string? _pinned = thumbprint is null ? null : Thumbprint.Parse(thumbprint);
    private readonly ConcurrentDictionary<string, string> _named = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>SHA-1 of the source's certificate that was accepted last; empty before the first connection.</summary>
    public string SourceSha1 { get; private set; } = "";

    /// <summary>Takes a host's SHA-1 thumbprint from the source's word: lease URLs may point at ESXi hosts.</summary>
    public void AcceptNamed(string host, string sha1) => _named[Plain(host)] = sha1.ToUpperInvariant();

    /// <exception cref="MigrateException">The certificate is refused; says what was expected, what came, and how to accept it.</exception>
    public bool Accept(string host, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            throw new MigrateException("source.certificate-untrusted", $"{host} showed no certificate.", "Check that the address is vCenter's or the ESXi host's.");
        }

        var shown = Thumbprint.Of(certificate);
        var isSource = string.Equals(Plain(host), Plain(source.Host), StringComparison.OrdinalIgnoreCase);
        if (isSource && _pinned is not null)
        {
            SourceSha1 = Thumbprint.Sha1Of(certificate);
            return _pinned == shown ? true : throw new MigrateException("source.thumbprint-mismatch",
                $"{host} shows a certificate with thumbprint {shown}; the one on record is {_pinned}.",
                "If the certificate was renewed on purpose, compare the new thumbprint at the server itself "
                + "(openssl x509 -noout -fingerprint -sha256) and put it on record (migrate source update NAME --thumbprint HEX); otherwise somebody stands in between.");
        }

        if (errors == SslPolicyErrors.None || (!isSource && _named.TryGetValue(Plain(host), out var sha1) && sha1 == Thumbprint.Sha1Of(certificate)))
        {
            SourceSha1 = isSource ? Thumbprint.Sha1Of(certificate) : SourceSha1;
            return true;
        }

        throw new MigrateException("source.certificate-untrusted",
            $"This system does not trust the certificate of {host} ({errors}); its thumbprint is {shown}.",
            "Compare that thumbprint at the server itself (openssl x509 -noout -fingerprint -sha256) and give it with the source, "
            + "or install the server's issuing certificate on this system.");
    }

    /// <summary>A URL writes an IPv6 address in brackets and in any of its forms, TLS without them: both have to be the same host.</summary>
    private static string Plain(string host) => IPAddress.TryParse(host, out var address) ? address.ToString() : host;
}
