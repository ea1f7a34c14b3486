using System.Text.Json;

namespace Migrate.Executor.Destinations;

/// <summary>
/// A connection to a libvirt daemon. Every call names its domain and looks it up afresh, so no handle outlives a call. libvirt's
/// failures become <see cref="Planner.MigrateException"/>s with codes <c>libvirt.*</c> and libvirt's own message.
/// </summary>
public sealed class LibvirtConnection : IAsyncDisposable
{
    private LibvirtConnection(string uri) => Uri = uri;

    public string Uri { get; }

    public static Task<LibvirtConnection> OpenAsync(string uri, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<LibvirtVersions> VersionsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The host's capabilities, as libvirt's XML.</summary>
    public Task<string> HostCapabilitiesAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What a q35 domain of this type (kvm | qemu) may contain, as libvirt's XML.</summary>
    public Task<string> DomainCapabilitiesAsync(string domainType, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The UUID of the domain of this name, null when there is none.</summary>
    public Task<Guid?> FindAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Defines a domain, validated against libvirt's schema: without that libvirt silently drops what it does not know.</summary>
    public Task DefineAsync(string xml, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task StartAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<DomainState> StateAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Asks the guest to shut down (ACPI) and waits for it; false when it did not within <paramref name="patience"/>.</summary>
    public Task<bool> ShutDownAsync(string name, TimeSpan patience, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Waits for a guest to power itself off; false when it did not within <paramref name="patience"/>.</summary>
    public Task<bool> WaitForShutOffAsync(string name, TimeSpan patience, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends the domain at once; nothing happens when it is not running or not there.</summary>
    public Task DestroyAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes the definition, with its NVRAM when asked; nothing happens when it is not there.</summary>
    public Task UndefineAsync(string name, bool removeNvram, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The definition as libvirt keeps it, or of the running instance.</summary>
    public Task<string> ReadXmlAsync(string name, bool inactive, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A QMP command to the domain's QEMU; the result is what QEMU put under "return".</summary>
    public Task<JsonElement> MonitorCommandAsync(string name, string json, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
