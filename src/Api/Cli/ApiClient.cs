using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Migrate.Api.Cli;

/// <summary>Speaks to a server's /api/v1; every failure becomes a <see cref="CommandFailure"/> with the documented exit code.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _server;

    public ApiClient(Uri server, string token)
    {
        _server = server;
        // No redirects: a token is for this server only. No overall timeout: probes and synchronisations take as long as they take.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = new Uri(server, "/api/v1/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Post, path, body, cancellationToken);

    public Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Put, path, body, cancellationToken);

    public Task<T> PatchAsync<T>(string path, object body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Patch, path, body, cancellationToken);

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await RespondAsync(HttpMethod.Delete, path, null, cancellationToken);
    }

    public async Task<string> GetTextAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await RespondAsync(HttpMethod.Get, path, null, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Writes what the server sends into a file, whatever its size.</summary>
    public async Task DownloadAsync(string path, string file, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await RespondAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var written = File.Create(file);
        await response.Content.CopyToAsync(written, cancellationToken);
    }

    /// <summary>All pages of a list, one request after the other.</summary>
    public async IAsyncEnumerable<T> GetAllAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var separator = path.Contains('?') ? '&' : '?';
        long seen = 0;
        for (var number = 1; ; number++)
        {
            var page = await GetAsync<Page<T>>($"{path}{separator}page={number}&pageSize={Paging.Largest}", cancellationToken);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            seen += page.Items.Count;
            if (page.Items.Count == 0 || seen >= page.Total)
            {
                yield break;
            }
        }
    }

    /// <summary>The server's events from after <paramref name="lastEventId"/> on, until the server closes the stream or the connection breaks.</summary>
    public async IAsyncEnumerable<SseItem<string>> StreamAsync(string path, string? lastEventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        using var response = await RespondAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            yield return item;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var response = await RespondAsync(method, path, body, cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(Json.Options, cancellationToken)
            ?? throw new CommandFailure(ExitCode.Failed, $"The server answered {path} with nothing.");
    }

    private async Task<HttpResponseMessage> RespondAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: Json.Options);
        }

        return await RespondAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
    }

    private async Task<HttpResponseMessage> RespondAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailure(
                ExitCode.CannotReachServer,
                $"Cannot reach the server at {_server}: {e.Message}",
                "Start it with 'migrate serve', or name another with --server or MIGRATE_SERVER.");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await FailureAsync(response, cancellationToken);
        }
    }

    private async Task<CommandFailure> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        ProblemBody? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<ProblemBody>(text, Json.Options);
        }
        catch (JsonException)
        {
            // Not this product's server, or something in between answered: the status says all there is.
        }

        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            return new CommandFailure(
                ExitCode.NotAuthorised,
                $"The server at {_server} does not accept the token.",
                "Use the token of that server's data directory: --token-file DIR/admin.token, MIGRATE_TOKEN, or --data DIR.")
            { Code = problem?.Code };
        }

        if (problem?.Title is null)
        {
            return new CommandFailure(ExitCode.Failed, $"The server at {_server} answered {(int)response.StatusCode} {response.ReasonPhrase}.");
        }

        var exitCode = problem.Code == "run.wave-refused" ? ExitCode.BlockedByConcerns : ExitCode.Failed;
        return new CommandFailure(exitCode, problem.Title, problem.Remedy, [.. problem.Errors ?? [], .. problem.LeftBehind ?? []]) { Code = problem.Code };
    }

    private sealed record ProblemBody(string? Title, string? Code, string? Remedy, IReadOnlyList<string>? Errors, IReadOnlyList<string>? LeftBehind);
}
