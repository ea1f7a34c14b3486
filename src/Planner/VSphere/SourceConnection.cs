using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Planner.VSphere;

/// <summary>The HTTP clients of one source. They share the certificate's pin and the session's cookie, and nothing else.</summary>
internal sealed class SourceConnection : IDisposable
{
    /// <summary>
    /// Only a bound: how many requests a host bears is found out by those who read from it. The control client has its own
    /// connections, so that a lease's heartbeat never waits behind disks that are being read.
    /// </summary>
    private const int DataConnections = 64;

    private readonly CookieContainer _cookies = new();

    public SourceConnection(VSphereEndpoint endpoint, CallLimits limits, TimeProvider time)
    {
        Trust = new CertificateTrust(endpoint.Url, endpoint.Thumbprint);
        // Its time limit is that of one attempt, and not of waiting for the turn.
        Control = new HttpClient(new PacedCalls(CallPace.Of(endpoint.Url, limits, time), limits, time, Handler(endpoint, limits.Addresses, limits.AtOnce)))
        { Timeout = Timeout.InfiniteTimeSpan };
        Data = new HttpClient(Handler(endpoint, limits.Addresses, DataConnections)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public CertificateTrust Trust { get; }

    /// <summary>For calls of the API, which wait for their turn at the server.</summary>
    public HttpClient Control { get; }

    public HttpClient Data { get; }

    /// <summary>The value of vim25's session cookie, without the quotes that it travels in; null before login.</summary>
    public string? SessionCookie => _cookies.GetAllCookies().FirstOrDefault(c => c.Name == "vmware_soap_session" && !c.Expired)?.Value.Trim('"');

    public void ForgetSession()
    {
        foreach (Cookie cookie in _cookies.GetAllCookies())
        {
            cookie.Expired = true;
        }
    }

    public void Dispose()
    {
        Control.Dispose();
        Data.Dispose();
    }

    private SocketsHttpHandler Handler(VSphereEndpoint endpoint, SourceAddresses addresses, int connections) => new()
    {
        CookieContainer = _cookies,
        AllowAutoRedirect = false,
        MaxConnectionsPerServer = connections,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        UseProxy = false, // The address that is looked at must be the one that is spoken to.
        ConnectCallback = async (context, cancellationToken) =>
            new NetworkStream(await addresses.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken), ownsSocket: true),
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (sender, certificate, _, errors) =>
                Trust.Accept((sender as SslStream)?.TargetHostName ?? endpoint.Url.Host, certificate, errors),
        },
    };

    /// <summary>What the server shows, without trusting it: the handshake is refused once the certificate has been seen.</summary>
    public static async Task<string> ReadThumbprintAsync(Uri url, SourceAddresses addresses, CancellationToken cancellationToken)
    {
        string? seen = null;
        try
        {
            await using var tls = new SslStream(new NetworkStream(await addresses.ConnectAsync(url.DnsSafeHost, url.Port, cancellationToken), ownsSocket: true));
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = url.DnsSafeHost, RemoteCertificateValidationCallback = (_, certificate, _, _) => Note(certificate) },
                cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException)
        {
            return seen ?? throw Unreachable(url, e);
        }

        return seen ?? throw Unreachable(url, null);

        bool Note(X509Certificate? certificate)
        {
            seen = certificate is null ? null : Thumbprint.Of(certificate);
            return false;
        }
    }

    /// <summary>A failed connection as something to act on; a refused certificate keeps its own words.</summary>
    public static MigrateException Explain(Uri url, Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is MigrateException refused)
            {
                return refused;
            }
        }

        return Unreachable(url, e);
    }

    private static MigrateException Unreachable(Uri url, Exception? e)
    {
        var socket = Socket(e);
        var cause = socket switch
        {
            SocketError.ConnectionRefused => "the connection was refused: nothing listens there",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name does not resolve",
            SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no answer from that address",
            _ when e is OperationCanceledException => "no answer in time",
            _ when e is AuthenticationException || e?.InnerException is AuthenticationException => "it does not speak TLS as vSphere does",
            _ => e?.GetBaseException().Message ?? "the connection ended early",
        };
        return new MigrateException("source.unreachable", $"{url.Host}:{url.Port} cannot be reached: {cause}.",
            "Check address, port (443), name resolution and firewall between this machine and the source.", e)
        { IsTransient = true };
    }

    private static SocketError? Socket(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is SocketException s)
            {
                return s.SocketErrorCode;
            }
        }

        return null;
    }
}
