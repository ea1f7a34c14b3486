using Microsoft.Extensions.Logging;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.VSphere.Storage;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Planner.VSphere.Sessions;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Being logged in to a vCenter or ESXi host. The login keeps itself alive and is renewed when the server has ended it; several of these
/// may share one. Safe to use from several threads.
/// </summary>
public sealed partial class VSphereSession : IAsyncDisposable
{
    private readonly ServerLogin _login;
    private readonly ILoggerFactory _loggers;
    private readonly Func<ValueTask> _release;
    private int _released;

    internal VSphereSession(ServerLogin login, TimeProvider time, ILoggerFactory loggers, Func<ValueTask> release) =>
        (_login, Time, _loggers, _release) = (login, time, loggers, release);

    /// <summary>Which product answered.</summary>
    public SourceAbout About => _login.About;

    /// <summary>
    /// For disk data: pinned like the session and carrying its cookie, without a time limit of its own. Its connections are not those of
    /// the API's calls.
    /// </summary>
    public HttpClient Http => _login.Connection.Data;

    /// <summary>Who is logged in.</summary>
    public string UserName => Endpoint.UserName;

    internal VSphereEndpoint Endpoint => _login.Endpoint;

    internal TimeProvider Time { get; }

    /// <summary>For services beside vim25: pinned like the session and carrying its cookie.</summary>
    internal HttpClient Control => _login.Connection.Control;

    internal string? SessionCookie => _login.Connection.SessionCookie;

    internal bool IsVcenter => About.ApiType == "VirtualCenter";

    internal ServiceContent Content => _login.Content;

    /// <summary>What the server calls the session; not the secret that its cookie holds.</summary>
    internal string SessionKey => _login.SessionKey;

    internal CertificateTrust Trust => _login.Connection.Trust;

    /// <summary>How often it has logged in: another number, and views, filters and leases of before are gone.</summary>
    internal int Logins => _login.Logins;

    internal IReadOnlyDictionary<string, int> UnknownTypes => _login.UnknownTypes;

    /// <summary>Logs in, and out again when disposed.</summary>
    /// <exception cref="MigrateException">source.unreachable, source.not-vsphere, source.thumbprint-mismatch, source.certificate-untrusted, source.login-failed.</exception>
    public static async Task<VSphereSession> OpenAsync(
        VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken, CallLimits? limits = null)
    {
        var login = await ServerLogin.OpenAsync(endpoint, time, loggers, limits ?? new CallLimits(), cancellationToken);
        return new VSphereSession(login, time, loggers, login.DisposeAsync);
    }

    /// <summary>What the first call of a process would else do: some seconds of a processor. Worth doing early where a source will be asked.</summary>
    public static Task PrepareAsync() => Task.Run(VimXml.Prepare);

    /// <summary>The SHA-256 thumbprint that the server shows now, for the operator to compare; nothing is sent to the server.</summary>
    public static Task<string> ReadThumbprintAsync(Uri url, SourceAddresses addresses, CancellationToken cancellationToken) =>
        SourceConnection.ReadThumbprintAsync(url, addresses, cancellationToken);

    /// <summary>Everything that planning needs, in one pass.</summary>
    public Task<SourceInventory> ReadInventoryAsync(CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(async () =>
        {
            var reader = new PropertyReader(this);
            var details = new StorageDetails(this, reader, new KnownBindings(Time));
            var inventory = await details.AddAsync(await new InventoryReader(reader).ReadAsync(cancellationToken), cancellationToken);
            var gaps = new List<string>();
            var policies = await details.PoliciesAsync(inventory.Datastores, gaps, cancellationToken);
            return inventory with { Vms = [.. inventory.Vms.Select(policies.With)], Gaps = [.. inventory.Gaps, .. gaps] };
        }, cancellationToken);

    /// <summary>What the account may not do that Migrate needs.</summary>
    public Task<PrivilegeReport> CheckPrivilegesAsync(CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(() => new PrivilegeCheck(this, new PropertyReader(this)).RunAsync(cancellationToken), cancellationToken);

    /// <summary>What the account may not do to one VM that these activities need.</summary>
    public Task<PrivilegeReport> CheckPrivilegesAsync(string vmKey, string vmName, IReadOnlyCollection<Activity> activities, CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(() => new PrivilegeCheck(this, new PropertyReader(this)).OnVmAsync(vmKey, vmName, activities, cancellationToken), cancellationToken);

    /// <summary>
    /// One VM as it is now; null when it has vanished. Without its tags and storage policies, which services beside vim25 keep: that would
    /// be reading all of them.
    /// </summary>
    public Task<Vm?> ReadVmAsync(string vmKey, CancellationToken cancellationToken) =>
        AgainIfRenewedAsync(() => InventoryReader.ReadVmAsync(new PropertyReader(this), vmKey, cancellationToken), cancellationToken);

    /// <summary>Where the file "[datastore] path" can be read over HTTPS. <paramref name="datacenter"/> is <see cref="Vm.Datacenter"/>.</summary>
    public Uri FolderUri(string datacenter, string datastorePath) => DatastoreFolder.UriOf(Endpoint.Url, datacenter, datastorePath);

    /// <summary>For a program that reads disks with a session of its own.</summary>
    public SourceLogin Login => new(Endpoint.Url.DnsSafeHost, Endpoint.Url.Port, Endpoint.UserName, Endpoint.Password, Trust.SourceSha1);

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

    /// <summary>The VM's notes, and which of its cards are connected when it is powered on.</summary>
    public Task<VmLinks> ReadLinksAsync(string vmKey, CancellationToken cancellationToken) => new Isolation(this).ReadAsync(vmKey, cancellationToken);

    /// <summary>No card of the VM, which is off, is connected any more when it is powered on; its notes have one line more.</summary>
    public Task IsolateAsync(string vmKey, string note, CancellationToken cancellationToken) => new Isolation(this).CloseAsync(vmKey, note, cancellationToken);

    /// <summary>Undoes <see cref="IsolateAsync"/>: the cards as they were before, the notes without the line.</summary>
    public Task RejoinAsync(string vmKey, VmLinks before, string note, CancellationToken cancellationToken) => new Isolation(this).OpenAsync(vmKey, before, note, cancellationToken);

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _released, 1) == 0 ? _release() : ValueTask.CompletedTask;

    /// <summary>A call within the session: logs in again once when the server says that the session has ended.</summary>
    internal Task<TResponse> CallAsync<TResponse>(IVimRequest<TResponse> request, CancellationToken cancellationToken) => _login.CallAsync(request, cancellationToken);

    /// <summary>Logs in again, unless somebody has done so since <paramref name="seenLogins"/>.</summary>
    internal Task RenewAsync(int seenLogins, CancellationToken cancellationToken) => _login.RenewAsync(seenLogins, cancellationToken);

    /// <summary>Views and page tokens die with their session, so reading that was interrupted by a renewal starts over, once.</summary>
    private async Task<T> AgainIfRenewedAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        var logins = Logins;
        try
        {
            return await read();
        }
        catch (VSphereFault f) when (Logins != logins || f.Type == "NotAuthenticated")
        {
            await RenewAsync(logins, cancellationToken);
            return await read();
        }
    }
}
