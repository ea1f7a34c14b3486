using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

public sealed partial class TargetClient
{
    private const string NoSuchNamespace = "target.no-such-namespace";

    /// <inheritdoc cref="NvmeTarget.ListSubsystems"/>
    public Task<IReadOnlyList<SubsystemInfo>> ListSubsystemsAsync(CancellationToken cancellationToken) =>
        GetAsync("v1/subsystems", AdminJson.Default.IReadOnlyListSubsystemInfo, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.PutSubsystemAsync"/>
    public Task<SubsystemInfo> PutSubsystemAsync(SubsystemSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var body = new SubsystemBody(spec.AllowAnyHost, spec.AllowedHosts, spec.Ports, spec.SerialNumber);
        return PutAsync(SubsystemPath(spec.Nqn), body, AdminJson.Default.SubsystemBody, AdminJson.Default.SubsystemInfo, cancellationToken);
    }

    /// <inheritdoc cref="NvmeTarget.DeleteSubsystemAsync"/>
    public Task DeleteSubsystemAsync(string nqn, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, SubsystemPath(nqn), cancellationToken);

    /// <inheritdoc cref="NvmeTarget.SetAnaStateAsync"/>
    public Task SetAnaStateAsync(string subsystemNqn, ushort port, uint group, AnaState state, CancellationToken cancellationToken) =>
        PutAsync($"{SubsystemPath(subsystemNqn)}/ports/{port}/ana/{group}", new AnaBody(state), AdminJson.Default.AnaBody, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.AllowHostAsync"/>
    public Task AllowHostAsync(string subsystemNqn, string hostNqn, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, $"{SubsystemPath(subsystemNqn)}/hosts/{Uri.EscapeDataString(hostNqn)}", cancellationToken);

    /// <inheritdoc cref="NvmeTarget.DisallowHostAsync"/>
    public Task DisallowHostAsync(string subsystemNqn, string hostNqn, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, $"{SubsystemPath(subsystemNqn)}/hosts/{Uri.EscapeDataString(hostNqn)}", cancellationToken);

    /// <inheritdoc cref="NvmeTarget.ListHosts"/>
    public Task<IReadOnlyList<HostInfo>> ListHostsAsync(CancellationToken cancellationToken) =>
        GetAsync("v1/hosts", AdminJson.Default.IReadOnlyListHostInfo, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.DrainHostAsync"/>
    public async Task<bool> DrainHostAsync(string hostNqn, TimeSpan patience, CancellationToken cancellationToken)
    {
        var result = await PutAsync(
            $"{HostPath(hostNqn)}/drain", new DrainBody(patience.TotalSeconds), AdminJson.Default.DrainBody, AdminJson.Default.DrainResult, cancellationToken);
        return result.EndedInTime;
    }

    /// <inheritdoc cref="NvmeTarget.ResumeHostAsync"/>
    public Task ResumeHostAsync(string hostNqn, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, $"{HostPath(hostNqn)}/drain", cancellationToken);

    /// <inheritdoc cref="NvmeTarget.ListNamespaces"/>
    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) =>
        GetAsync("v1/namespaces", AdminJson.Default.IReadOnlyListNamespaceInfo, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.FindNamespace"/>
    public async Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken)
    {
        try
        {
            return await NeedAsync(uuid, cancellationToken);
        }
        catch (TargetException e) when (e.Code == NoSuchNamespace)
        {
            return null;
        }
    }

    /// <inheritdoc cref="NvmeTarget.CreateNamespaceAsync"/>
    public async Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var subsystem = spec.SubsystemNqn ?? (await GetStatusAsync(cancellationToken)).DefaultSubsystemNqn;
        var body = new NamespaceBody(spec.CapacityBytes, spec.BlockSize, spec.Nsid, spec.AnaGroup, spec.BackingPath, spec.Direct, spec.Preallocate);
        return await PutAsync(NamespacePath(subsystem, spec.Uuid), body, AdminJson.Default.NamespaceBody, AdminJson.Default.NamespaceInfo, cancellationToken);
    }

    /// <inheritdoc cref="NvmeTarget.DeleteNamespaceAsync"/>
    public async Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken)
    {
        if (await FindNamespaceAsync(uuid, cancellationToken) is { } one)
        {
            await SendAsync(HttpMethod.Delete, $"{NamespacePath(one)}?deleteBacking={(deleteBacking ? "true" : "false")}", cancellationToken);
        }
    }

    /// <inheritdoc cref="NvmeTarget.ResizeNamespaceAsync"/>
    public async Task<NamespaceInfo> ResizeNamespaceAsync(Guid uuid, long capacityBytes, bool allowDataLoss, CancellationToken cancellationToken) => await PutAsync(
        $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/size", new SizeBody(capacityBytes, allowDataLoss),
        AdminJson.Default.SizeBody, AdminJson.Default.NamespaceInfo, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.GrantAsync(Guid, string?, CancellationToken)"/>
    public async Task GrantAsync(Guid uuid, string? hostNqn, CancellationToken cancellationToken)
    {
        var path = $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/grant";
        await (hostNqn is null
            ? SendAsync(HttpMethod.Delete, path, cancellationToken)
            : PutAsync(path, new GrantBody(hostNqn), AdminJson.Default.GrantBody, cancellationToken));
    }

    /// <inheritdoc cref="NvmeTarget.GrantAsync(Guid, string, long, CancellationToken)"/>
    public async Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => await PutAsync(
        $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/grant", new GrantBody(hostNqn, epoch), AdminJson.Default.GrantBody, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.FindData"/>
    public async Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => await GetAsync(
        $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/data?from={from}", AdminJson.Default.DataMap, cancellationToken);

    /// <inheritdoc cref="NvmeTarget.TakeOfflineAsync"/>
    public async Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Delete, $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/online", cancellationToken);

    /// <inheritdoc cref="NvmeTarget.BringOnlineAsync"/>
    public async Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Put, $"{NamespacePath(await NeedAsync(uuid, cancellationToken))}/online", cancellationToken);

    private Task<NamespaceInfo> NeedAsync(Guid uuid, CancellationToken cancellationToken) =>
        GetAsync($"v1/namespaces/{uuid:D}", AdminJson.Default.NamespaceInfo, cancellationToken);
}
