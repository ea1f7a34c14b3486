using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Calls;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Sessions;

/// <summary>
/// What a server counts as one session: a cookie, its connections, and what keeps it alive. Logs in again when the server has ended it, and
/// logs out when disposed.
/// </summary>
internal sealed partial class ServerLogin : IAsyncDisposable
{
    /// <summary>vSphere ends sessions after 30 minutes without calls.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);

    private readonly VimClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private Task _keepAlive = Task.CompletedTask;
    private int _logins;
    private int _disposed;

    private ServerLogin(VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CallLimits limits)
    {
        Endpoint = endpoint;
        _time = time;
        _logger = loggers.CreateLogger<ServerLogin>();
        Connection = new SourceConnection(endpoint, limits, time);
        _client = new VimClient(Connection.Control, new Uri(endpoint.Url, "/sdk"));
    }

    public VSphereEndpoint Endpoint { get; }

    public SourceConnection Connection { get; }

    public SourceAbout About { get; private set; } = null!;

    public ServiceContent Content { get; private set; } = null!;

    /// <summary>What the server calls the session; not the secret that its cookie holds.</summary>
    public string SessionKey { get; private set; } = "";

    /// <summary>How often it has logged in: another number, and what was made in the session is gone.</summary>
    public int Logins => Volatile.Read(ref _logins);

    public IReadOnlyDictionary<string, int> UnknownTypes => _client.UnknownTypes;

    public static async Task<ServerLogin> OpenAsync(VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CallLimits limits, CancellationToken cancellationToken)
    {
        if (!endpoint.Url.IsAbsoluteUri || endpoint.Url.Scheme != Uri.UriSchemeHttps)
        {
            throw new MigrateException("source.url-invalid", $"'{endpoint.Url}' is no https address.", "Give the source as https://<vCenter or ESXi host>.");
        }

        var login = new ServerLogin(endpoint, time, loggers, limits);
        try
        {
            await login.StartAsync(cancellationToken);
            return login;
        }
        catch
        {
            await login.DisposeAsync();
            throw;
        }
    }

    /// <summary>A call within the session: logs in again once when the server says that the session has ended.</summary>
    public async Task<TResponse> CallAsync<TResponse>(IVimRequest<TResponse> request, CancellationToken cancellationToken)
    {
        var logins = Logins;
        try
        {
            return await _client.CallAsync(request, cancellationToken);
        }
        catch (VSphereFault f) when (f.Type == "NotAuthenticated")
        {
            await RenewAsync(logins, cancellationToken);
            return await _client.CallAsync(request, cancellationToken);
        }
    }

    /// <summary>Many calls may fail at once over one ended session; only the first of them logs in.</summary>
    /// <param name="seenLogins"><see cref="Logins"/> before what failed.</param>
    public async Task RenewAsync(int seenLogins, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_logins == seenLogins)
            {
                Connection.ForgetSession();
                await LoginAsync(cancellationToken);
                LogRenewed(_logger, Endpoint.Url.Host);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Asks the server who is logged in, and logs in again where it says nobody. Other calls would not do: some are answered without a
    /// session, too.
    /// </summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var logins = Logins;
        var answer = (await CallAsync(new RetrievePropertiesExRequest
        {
            This = Content.PropertyCollector,
            SpecSet =
            [
                new PropertyFilterSpec
                {
                    PropSet = [new PropertySpec { Type = "SessionManager", PathSet = ["currentSession"] }],
                    ObjectSet = [new ObjectSpec { Obj = Content.SessionManager }],
                },
            ],
            Options = new RetrieveOptions(),
        }, cancellationToken)).Value;
        if (answer?.Objects?.Any(o => o.PropSet?.Any(p => p.Val is UserSession) == true) != true)
        {
            await RenewAsync(logins, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ended.CancelAsync();
        await _keepAlive;
        if (_logins > 0)
        {
            await LogoutAsync();
        }

        Connection.Dispose();
        _one.Dispose();
        _ended.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        Content = (await _client.CallAsync(new RetrieveServiceContentRequest { This = new("ServiceInstance", "ServiceInstance") }, cancellationToken)).Value;
        var about = Content.About;
        About = new SourceAbout(about.FullName, about.ApiType, about.ApiVersion, about.InstanceUuid ?? "");
        _client.Version = VersionToSpeak(about.ApiVersion);
        await LoginAsync(cancellationToken);
        LogLoggedIn(_logger, Endpoint.Url.Host, About.FullName, About.ApiVersion);
        _keepAlive = KeepAliveAsync();
    }

    /// <summary>The server's own version, but never newer than the contracts: newer servers still speak that one.</summary>
    private static string VersionToSpeak(string served) =>
        System.Version.TryParse(served, out var version) && version < System.Version.Parse(Vim.Version) ? served : Vim.Version;

    private async Task LoginAsync(CancellationToken cancellationToken)
    {
        try
        {
            var login = await _client.CallAsync(
                new LoginRequest { This = Content.SessionManager, UserName = Endpoint.UserName, Password = Endpoint.Password }, cancellationToken);
            SessionKey = login.Value.Key;
        }
        catch (VSphereFault f) when (f.Type == "InvalidLogin")
        {
            throw new MigrateException("source.login-failed", $"{Endpoint.Url.Host} refused user {Endpoint.UserName}: user name or password is wrong.", f.Remedy);
        }

        Interlocked.Increment(ref _logins);
    }

    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(KeepAlive, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await BeatAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The session is being disposed.
        }
    }

    private async Task BeatAsync()
    {
        try
        {
            await CheckAsync(_ended.Token);
        }
        catch (MigrateException e)
        {
            LogKeepAliveFailed(_logger, Endpoint.Url.Host, e.Code, e.Message);
        }
    }

    private async Task LogoutAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), _time);
        try
        {
            await _client.CallAsync(new LogoutRequest { This = Content.SessionManager }, limit.Token);
        }
        catch (MigrateException e)
        {
            LogLogoutFailed(_logger, Endpoint.Url.Host, e.Code, e.Message);
        }
        catch (OperationCanceledException)
        {
            LogLogoutFailed(_logger, Endpoint.Url.Host, "timeout", "no answer in time");
        }
    }
}
