using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Migrate.Api.Idempotency;

namespace Migrate.Api.Cli;

/// <summary>Speaks to a server's /api/v1; every failure becomes a <see cref="CommandFailure"/> with the documented exit code.</summary>
internal sealed class ApiClient : IDisposable
{
    private const int Attempts = 3;

    /// <summary>Refusals that say what has to be remedied or opened before.</summary>
    private static readonly string[] Blocked = ["run.wave-refused", "run.gates-closed"];
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

    /// <summary>Nothing is sent that changes something.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>A change is asked for, and not answered.</summary>
    public bool IsChanging { get; private set; }

    /// <summary>Where messages to people go.</summary>
    public Action<string> Say { get; init; } = _ => { };

    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Post, path, body, cancellationToken);

    public Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Put, path, body, cancellationToken);

    public Task<T> PatchAsync<T>(string path, object body, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Patch, path, body, cancellationToken);

    public Task<T> DeleteAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Delete, path, null, cancellationToken);

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

    /// <summary>All pages of a list, one request after the other; one page where the path asks for one.</summary>
    public async IAsyncEnumerable<T> GetAllAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Query.Has(path, ListOptions.PageName))
        {
            var one = await GetAsync<Page<T>>(path, cancellationToken);
            Say($"Page {one.Number} of {Math.Max(1, (one.Total + one.PageSize - 1) / one.PageSize)}, {one.Total} in all.");
            foreach (var item in one.Items)
            {
                yield return item;
            }

            yield break;
        }

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
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json.Options, cancellationToken)
                ?? throw new CommandFailure(ExitCode.Failed, $"The server answered {path} with nothing.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new CommandFailure(
                ExitCode.Failed, $"What the server at {_server} answered to {path} is not what this program expects: {e.Message}",
                "See whether another program answers there, and whether 'migrate version' and 'migrate version --of-server' are the same.", inner: e);
        }
    }

    /// <summary>A change whose answer is lost on the way is asked again under the same key, so that it is done once and still answered.</summary>
    private async Task<HttpResponseMessage> RespondAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        if (IsDryRun && method != HttpMethod.Get)
        {
            throw new NotSent(method, path, body);
        }

        IsChanging = method != HttpMethod.Get;
        var key = method == HttpMethod.Get || path == "keys" ? null : Guid.NewGuid().ToString();
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path);
            if (key is not null)
            {
                request.Headers.Add(RepeatedCalls.Header, key);
            }

            if (body is not null)
            {
                request.Content = JsonContent.Create(body, body.GetType(), options: Json.Options);
            }

            try
            {
                var response = await RespondAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
                IsChanging = false;
                return response;
            }
            catch (CommandFailure e) when (e.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } && key is not null && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken);
            }
        }
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
                "Start it with 'migrate serve', or name another with --server or MIGRATE_SERVER.",
                inner: e);
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
                "Use an API key that is valid, or the token of that server's data directory: --token-file DIR/admin.token, MIGRATE_TOKEN, or --data DIR.")
            { Code = problem?.Code };
        }

        if (problem?.Title is null)
        {
            return new CommandFailure(ExitCode.Failed, $"The server at {_server} answered {(int)response.StatusCode} {response.ReasonPhrase}.") { Status = response.StatusCode };
        }

        if (response.StatusCode == HttpStatusCode.Forbidden)
        {
            return new CommandFailure(ExitCode.NotAuthorised, problem.Title, problem.Remedy) { Code = problem.Code };
        }

        return Refusal(problem.Code, problem.Title, problem.Remedy, [.. problem.Errors ?? [], .. problem.LeftBehind ?? []], response.StatusCode);
    }

    /// <summary>What the server refused, or failed to do.</summary>
    public static CommandFailure Refusal(string? code, string title, string? remedy, IReadOnlyList<string> details, HttpStatusCode? status = null) =>
        new(Blocked.Contains(code) ? ExitCode.BlockedByConcerns : ExitCode.Failed, title, remedy, details) { Code = code, Status = status };

    private sealed record ProblemBody(string? Title, string? Code, string? Remedy, IReadOnlyList<string>? Errors, IReadOnlyList<string>? LeftBehind);
}
