using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Encrypted : IConcernRule
{
    public string Id => "vm.encrypted";

    public string Label => "Encrypted VM or disk";

    public string Finds => "Critical when the VM or a disk is encrypted by vSphere.";

    public string Assessment => "vSphere encrypts the VM or a disk. The files hold only ciphertext, and vSphere exports no encrypted VM.";

    public string Remedy => "Decrypt it in vSphere (VM policies, Datastore Default) and synchronise; encrypt again on the target if you need to.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Security guide, \"Virtual Machine Encryption Interoperability\"";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.EncryptionKeyId is { } key)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name, $"The VM is encrypted with key {key}. Its files hold only ciphertext and vSphere does not export it.", Remedy);
        }
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.EncryptionKeyId is not null))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label, $"{disk.Label} is encrypted with key {disk.EncryptionKeyId}. Its file holds only ciphertext.", Remedy);
        }
    }
}
