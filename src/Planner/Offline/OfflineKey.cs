using System.Security.Cryptography;
using System.Text;

namespace Migrate.Planner.Offline;

/// <summary>
/// Keys of VMs that no server has numbered. Of the path, because the same file is the same VM in the next synchronisation, while copies
/// of a VM have the same UUIDs.
/// </summary>
internal static class OfflineKey
{
    /// <param name="place">Path of the description, with the VM's id when it describes several.</param>
    public static string Of(string place) => "vm-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)))[..16];

    /// <summary>For a VM that never was in a vCenter: namespaces are named after the instance UUID, and the same VM must get the same ones.</summary>
    public static string InstanceUuidOf(string key) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16), bigEndian: true).ToString("D");
}
