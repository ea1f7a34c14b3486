using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.VSphere.Storage;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// A logged-in session with a vCenter or ESXi host. It keeps itself alive, logs in again once when the server has ended it, and logs
/// out when disposed: servers count sessions. Safe to use from several threads.
/// </summary>
public sealed partial class VSphereSession : IAsyncDisposable
{
    /// <summary>vSphere ends sessions after 30 minutes without calls.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);

    private readonly SourceConnection _connection;
    private readonly VimClient _client;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly SemaphoreSlim _login = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private Task _keepAlive = Task.CompletedTask;
    private int _logins;

    private VSphereSession(VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CallLimits limits)
    {
        Endpoint = endpoint;
        Time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<VSphereSession>();
        _connection = new SourceConnection(endpoint, limits, time);
        _client = new VimClient(_connection.Control, new Uri(endpoint.Url, "/sdk"));
    }

    /// <summary>Which product answered.</summary>
    public SourceAbout About { get; private set; } = null!;

    /// <summary>
    /// For disk data: pinned like the session and carrying its cookie, without a time limit of its own. At most sixteen connections at once,
    /// which are not those of the API's calls.
    /// </summary>
    public HttpClient Http => _connection.Data;

    /// <summary>Who is logged in.</summary>
    public string UserName => Endpoint.UserName;

    internal VSphereEndpoint Endpoint { get; }

    internal TimeProvider Time { get; }

    /// <summary>For services beside vim25: pinned like the session and carrying its cookie.</summary>
    internal HttpClient Control => _connection.Control;

    internal string? SessionCookie => _connection.SessionCookie;

    internal bool IsVcenter => About.ApiType == "VirtualCenter";

    internal ServiceContent Content { get; private set; } = null!;

    /// <summary>What the server calls the session; not the secret that its cookie holds.</summary>
    internal string SessionKey { get; private set; } = "";

    internal CertificateTrust Trust => _connection.Trust;

    /// <summary>Logs in.</summary>
    /// <exception cref="MigrateException">source.unreachable, source.not-vsphere, source.thumbprint-mismatch, source.certificate-untrusted, source.login-failed.</exception>
    public static async Task<VSphereSession> OpenAsync(
        VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken, CallLimits? limits = null)
    {
        if (!endpoint.Url.IsAbsoluteUri || endpoint.Url.Scheme != Uri.UriSchemeHttps)
        {
            throw new MigrateException("source.url-invalid", $"'{endpoint.Url}' is no https address.", "Give the source as https://<vCenter or ESXi host>.");
        }

        var session = new VSphereSession(endpoint, time, loggers, limits ?? new CallLimits());
        try
        {
            await session.StartAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>The SHA-256 thumbprint that the server shows now, for the operator to compare; nothing is sent to the server.</summary>
    public static Task<string> ReadThumbprintAsync(Uri url, CancellationToken cancellationToken) =>
        SourceConnection.ReadThumbprintAsync(url, cancellationToken);

    /// <summary>Everything that planning needs, in one pass.</summary>
    public Task<SourceInventory> ReadInventoryAsync(CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(async () =>
            await new StorageDetails(this).AddAsync(await new InventoryReader(new PropertyReader(this)).ReadAsync(cancellationToken), cancellationToken));

    /// <summary>What the account may not do that Migrate needs.</summary>
    public Task<PrivilegeReport> CheckPrivilegesAsync(CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(() => new PrivilegeCheck(this, new PropertyReader(this)).RunAsync(cancellationToken));

    /// <summary>One VM as it is now; null when it has vanished.</summary>
    public Task<Vm?> ReadVmAsync(string vmKey, CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(() => new InventoryReader(new PropertyReader(this)).ReadVmAsync(vmKey, cancellationToken));

    /// <summary>Where the file "[datastore] path" can be read over HTTPS. <paramref name="datacenter"/> is <see cref="Vm.Datacenter"/>.</summary>
    public Uri FolderUri(string datacenter, string datastorePath) => DatastoreFolder.UriOf(Endpoint.Url, datacenter, datastorePath);

    /// <summary>For a program that reads disks with a session of its own.</summary>
    public SourceLogin Login => new(Endpoint.Url.Host, Endpoint.Url.Port, Endpoint.UserName, Endpoint.Password, Trust.SourceSha1);

    /// <summary>Opens an export of the VM, which must be powered off, or of one of its snapshots, which may run.</summary>
    public Task<ExportLease> OpenExportLeaseAsync(string vmKey, CancellationToken cancellationToken, string? snapshotKey = null) =>
        ExportLease.OpenAsync(this, vmKey, snapshotKey, _loggers.CreateLogger<ExportLease>(), cancellationToken);

    /// <summary>Cuts the power and waits for it; a VM that is already off is left so.</summary>
    public Task PowerOffAsync(string vmKey, CancellationToken cancellationToken) => new PowerOperations(this).OffAsync(vmKey, cancellationToken);

    /// <summary>Asks the guest to shut down and waits until it is off.</summary>
    /// <exception cref="MigrateException">source.tools-unavailable, source.guest-shutdown-timeout.</exception>
    public Task ShutdownGuestAsync(string vmKey, CancellationToken cancellationToken) => new PowerOperations(this).ShutdownAsync(vmKey, cancellationToken);

    /// <summary>Powers on and waits for it; a VM that is already on is left so.</summary>
    public Task PowerOnAsync(string vmKey, CancellationToken cancellationToken) => new PowerOperations(this).OnAsync(vmKey, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _keepAlive;
        if (_logins > 0)
        {
            await LogoutAsync();
        }

        _connection.Dispose();
        _login.Dispose();
        _ended.Dispose();
    }

    /// <summary>A call within the session: logs in again once when the server says that the session has ended.</summary>
    internal async Task<TResponse> CallAsync<TResponse>(IVimRequest<TResponse> request, CancellationToken cancellationToken)
    {
        var logins = _logins;
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

    internal IReadOnlyDictionary<string, int> UnknownTypes => _client.UnknownTypes;

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

    /// <summary>Many calls may fail at once over one ended session; only the first of them logs in.</summary>
    private async Task RenewAsync(int seenLogins, CancellationToken cancellationToken)
    {
        await _login.WaitAsync(cancellationToken);
        try
        {
            if (_logins == seenLogins)
            {
                _connection.ForgetSession();
                await LoginAsync(cancellationToken);
                LogRenewed(_logger, Endpoint.Url.Host);
            }
        }
        finally
        {
            _login.Release();
        }
    }

    /// <summary>Views and page tokens die with their session, so reading that was interrupted by a renewal starts over, once.</summary>
    private async Task<T> AgainIfRenewedAsync<T>(Func<Task<T>> read)
    {
        var logins = _logins;
        try
        {
            return await read();
        }
        catch (VSphereFault f) when (_logins != logins || f.Type == "NotAuthenticated")
        {
            await RenewAsync(logins, _ended.Token);
            return await read();
        }
    }

    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(KeepAlive, Time);
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
            await CallAsync(new CurrentTimeRequest { This = new("ServiceInstance", "ServiceInstance") }, _ended.Token);
        }
        catch (MigrateException e)
        {
            LogKeepAliveFailed(_logger, Endpoint.Url.Host, e.Code, e.Message);
        }
    }

    private async Task LogoutAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), Time);
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
