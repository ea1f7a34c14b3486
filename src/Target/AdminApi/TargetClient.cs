using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>
/// Manages a target in another process or on another machine by its admin API; the methods do what those of
/// <see cref="NvmeTarget"/> do, and throw the same <see cref="TargetException"/>s, also <c>target.unreachable</c> when nobody
/// answers. Safe to call from many threads.
/// </summary>
public sealed partial class TargetClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _name;

    private TargetClient(HttpClient http, string name)
    {
        _http = http;
        _name = name;
        _http.Timeout = Timeout.InfiniteTimeSpan; // the callers' tokens decide: a drain may take long
    }

    /// <summary>By the target's Unix socket on this machine.</summary>
    /// <param name="path">As of <c>migrate-target serve --admin-socket</c>.</param>
    public static TargetClient OverSocket(string path)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new TargetClient(new HttpClient(handler) { BaseAddress = new Uri("http://localhost/") }, path);
    }

    /// <summary>By the target's TCP port for administration.</summary>
    /// <param name="address">E.g. <c>https://storage-1:7443</c>. Without TLS only loopback addresses are taken.</param>
    /// <param name="token">Content of the target's token file.</param>
    /// <param name="authority">The certificate that the target's must be or be issued by; null for those that the system trusts.</param>
    /// <exception cref="ArgumentException">The address is neither https nor loopback: the token would cross the network in the clear.</exception>
    public static TargetClient Over(Uri address, string token, X509Certificate2? authority = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        {
            throw new ArgumentException($"{address} is neither https nor a loopback address: the token would cross the network in the clear.", nameof(address));
        }

        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (authority is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck, // a private authority has no list of revoked certificates
            };
        }

        var http = new HttpClient(handler) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new TargetClient(http, address.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>The target as a whole.</summary>
    public Task<TargetStatus> GetStatusAsync(CancellationToken cancellationToken) => GetAsync("v1", AdminJson.Default.TargetStatus, cancellationToken);

    /// <summary>What hosts did since the target started.</summary>
    public Task<StatisticsViews> GetStatisticsAsync(CancellationToken cancellationToken) =>
        GetAsync("v1/statistics", AdminJson.Default.StatisticsViews, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string SubsystemPath(string nqn) => $"v1/subsystems/{Uri.EscapeDataString(nqn)}";

    private static string HostPath(string nqn) => $"v1/hosts/{Uri.EscapeDataString(nqn)}";

    private static string NamespacePath(NamespaceInfo one) => NamespacePath(one.SubsystemNqn, one.Uuid);

    private static string NamespacePath(string nqn, Guid uuid) => $"{SubsystemPath(nqn)}/namespaces/{uuid:D}";

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Get, path, null, type, cancellationToken);

    private async Task<T> PutAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Put, path, JsonContent.Create(body, bodyType), type, cancellationToken);

    private async Task PutAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Put, path, JsonContent.Create(body, bodyType), cancellationToken)).Dispose();

    private async Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken) =>
        (await SendAsync(method, path, (HttpContent?)null, cancellationToken)).Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, body, cancellationToken);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw NotUnderstood("nothing", null);
        }
        catch (JsonException e)
        {
            throw NotUnderstood(e.Message, e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body };
            response = await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new TargetException("target.unreachable", $"The target's admin API at {_name} does not answer: {e.Message}",
                "Start the target, check that this is where its admin API listens, and that you may use it (the socket's group, the token, the certificate).", e);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ProblemAsync(response, cancellationToken);
        }
    }

    private async Task<TargetException> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync(AdminJson.Default.ProblemBody, cancellationToken);
            return problem is { Code: not null, Cause: not null, Remedy: not null }
                ? new TargetException(problem.Code, problem.Cause, problem.Remedy)
                : NotUnderstood($"status {(int)response.StatusCode}", null);
        }
        catch (JsonException e)
        {
            return NotUnderstood($"status {(int)response.StatusCode}", e);
        }
    }

    private TargetException NotUnderstood(string what, Exception? inner) => new("target.not-understood",
        $"What answers at {_name} is no admin API of a target: {what}.", "Check the address.", inner);
}
