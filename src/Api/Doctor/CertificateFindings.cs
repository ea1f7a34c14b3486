using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Doctor;

/// <summary>Certificates: the server's own, and those that sources show; and with that whether sources answer at all.</summary>
internal static class CertificateFindings
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Finding OfServer(string path, DateTimeOffset now)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return OfExpiry("TLS certificate", path, certificate, now, "Renew it, and restart the server.");
        }
        catch (CryptographicException e)
        {
            return Finding.Fail("TLS certificate", $"{path} cannot be read: {e.Message}", "Name a PEM file with --tls-certificate.");
        }
    }

    public static async Task<IReadOnlyList<Finding>> OfSourcesAsync(DatabaseOptions database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await MigrateDatabase.CreateFactory(database).CreateDbContextAsync(cancellationToken);
        var sources = await db.Sources.AsNoTracking().OrderBy(x => x.Name).ToListAsync(cancellationToken);
        return await Task.WhenAll(sources.Where(x => Uri.TryCreate(x.Url, UriKind.Absolute, out var url) && url.Scheme == "https").Select(x => OfSourceAsync(x, now, cancellationToken)));
    }

    private static async Task<Finding> OfSourceAsync(Source source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (name, url) = ($"source {source.Name}", new Uri(source.Url));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(url.DnsSafeHost, url.Port, patience.Token);
            X509Certificate2? shown = null;
            // Only looked at: nothing is sent, and it is compared below.
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return shown is not null;
            });
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.DnsSafeHost }, patience.Token);
            using var seen = shown!;
            if (source.Thumbprint is { } pinned && !Normal(pinned).Equals(seen.GetCertHashString(HashAlgorithmName.SHA256), StringComparison.OrdinalIgnoreCase)
                && !Normal(pinned).Equals(seen.Thumbprint, StringComparison.OrdinalIgnoreCase))
            {
                return Finding.Fail(name, $"{url.Host} shows another certificate than the one that was accepted.", $"Compare it with the server's own; if it was renewed: migrate source update {source.Name} --thumbprint HEX");
            }

            return OfExpiry(name, $"{url.Host} answers; its certificate", seen, now, $"Renew it at the source, then: migrate source update {source.Name} --thumbprint HEX");
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Finding.Fail(name, $"{url.Host}:{url.Port} does not answer: {(e is OperationCanceledException ? $"nothing within {Patience.TotalSeconds:0} s" : e.Message)}", "Check the network, its firewall, and that the source runs.");
        }
    }

    public static Finding OfExpiry(string name, string what, X509Certificate2 certificate, DateTimeOffset now, string remedy)
    {
        var until = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        return until <= now ? Finding.Fail(name, $"{what} has expired on {until:yyyy-MM-dd}.", remedy)
            : until - now < Soon ? Finding.Warn(name, $"{what} expires on {until:yyyy-MM-dd}, in {(until - now).TotalDays:0} days.", remedy)
            : Finding.Ok(name, $"{what} is valid until {until:yyyy-MM-dd}");
    }

    private static string Normal(string thumbprint) => thumbprint.Replace(":", "", StringComparison.Ordinal);
}
