using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Validation.Identity;

/// <summary>How a guest is known in its networks, at one moment, by what runs in it. What is null, it did not tell.</summary>
public sealed record GuestIdentity
{
    /// <summary>VMware Tools | QEMU guest agent.</summary>
    public required string ToldBy { get; init; }
    /// <summary>UTC.</summary>
    public required DateTime At { get; init; }
    public string? HostName { get; init; }
    /// <summary>The operating system in the guest's own words.</summary>
    public string? System { get; init; }
    public bool IsWindows { get; init; }
    public required IReadOnlyList<IdentityInterface> Interfaces { get; init; }
    /// <summary>Gateways of the default routes.</summary>
    public IReadOnlyList<string>? Gateways { get; init; }
    /// <summary>By a gateway, without the default routes.</summary>
    public IReadOnlyList<GuestRoute>? Routes { get; init; }
    public IReadOnlyList<string>? DnsServers { get; init; }
    public IReadOnlyList<string>? SearchDomains { get; init; }
    /// <summary>What was asked for and not told, and why.</summary>
    public IReadOnlyList<string> Untold { get; init; } = [];

    /// <summary>What VMware Tools told of the VM; null when they told of no interface.</summary>
    public static GuestIdentity? OfTools(Vm vm, DateTime at)
    {
        var guest = vm.Guest;
        if (guest.Nics.Count == 0)
        {
            return null;
        }

        List<string> gateways = [.. guest.Stacks.SelectMany(s => s.Gateways).Distinct()];
        List<string> dns = [.. guest.Stacks.SelectMany(s => s.DnsServers).Concat(guest.Nics.SelectMany(n => n.DnsServers)).Distinct()];
        List<string> search = [.. guest.Stacks.SelectMany(s => s.SearchDomains).Distinct()];
        var isWindows = vm.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase) || guest.Family == "windowsGuest";
        return new GuestIdentity
        {
            ToldBy = "VMware Tools",
            At = at,
            HostName = vm.GuestHostName ?? guest.Stacks.Select(s => s.HostName).OfType<string>().FirstOrDefault(),
            System = guest.FullName,
            IsWindows = isWindows,
            Interfaces =
            [
                .. guest.Nics.Where(n => n.MacAddress.Length > 0).Select(n => new IdentityInterface
                {
                    Mac = n.MacAddress.ToLowerInvariant(),
                    Name = isWindows ? null : NicNames.OnVmware(vm.Nics.FirstOrDefault(nic => nic.Key == n.DeviceKey)?.PciSlot),
                    Network = n.Network,
                    Dhcp = n.Dhcp,
                    Addresses = [.. n.Addresses.Select(IdentityAddress.Of).OfType<IdentityAddress>()],
                }),
            ],
            Gateways = gateways.Count == 0 ? null : gateways,
            Routes = guest.Stacks.Count == 0 ? null : [.. guest.Stacks.SelectMany(s => s.Routes).Distinct()],
            DnsServers = dns.Count == 0 ? null : dns,
            SearchDomains = search.Count == 0 ? null : search,
        };
    }
}

/// <summary>A network card as the guest has it.</summary>
public sealed record IdentityInterface
{
    /// <summary>Lower case, with colons.</summary>
    public required string Mac { get; init; }
    /// <summary>The guest's name of it; of a Linux guest on VMware the one that systemd gives a card in its PCI slot.</summary>
    public string? Name { get; init; }
    /// <summary>VMware's network.</summary>
    public string? Network { get; init; }
    /// <summary>Whether IPv4 comes by DHCP; null where nobody said.</summary>
    public bool? Dhcp { get; init; }
    public IReadOnlyList<IdentityAddress> Addresses { get; init; } = [];
}

/// <summary>An address in its canonical spelling. <paramref name="Lasts"/>: it is neither link-local nor one of IPv6's random ones.</summary>
public sealed record IdentityAddress(string Address, int? PrefixLength, bool Lasts)
{
    [JsonIgnore]
    public bool IsIPv4 => !Address.Contains(':');

    public override string ToString() => PrefixLength is { } bits ? $"{Address}/{bits}" : Address;

    public static IdentityAddress? Of(GuestAddress address) => Of(address.Address, address.PrefixLength, isRandom: address.Origin == "random");

    /// <summary>Null for what is no address.</summary>
    public static IdentityAddress? Of(string text, int? prefixLength, bool isRandom = false)
    {
        if (!IPAddress.TryParse(text.Split('%')[0], out var address))
        {
            return null;
        }

        var isLinkLocal = address.AddressFamily == AddressFamily.InterNetworkV6 ? address.IsIPv6LinkLocal : address.GetAddressBytes() is [169, 254, ..];
        return new IdentityAddress(address.ToString(), prefixLength, !isLinkLocal && !isRandom && !IPAddress.IsLoopback(address));
    }
}
