//! The people who run the demo's shop, each with other rights.

use std::collections::{BTreeMap, BTreeSet};

use galleria_app::api_keys::{self, ApiKeyDraft};
use galleria_app::{Result, Work, roles, staff};
use galleria_domain::{Permission, PluginId, RoleId, StaffDraft, StaffId, StaffPermission};
use galleria_manifest::Manifest;

use Permission::{
    ApiKeysWrite, AuditRead, CustomersAnonymize, CustomersDelete, CustomersMerge, CustomersRead,
    CustomersReadPii, CustomersWrite, PluginsRead, SettingsRead, SettingsWrite, StaffRead,
    StoresRead,
};

/// The owner's email.
pub(crate) const OWNER_EMAIL: &str = "admin@example.com";
/// The owner's name.
pub(crate) const OWNER_NAME: &str = "Ada Galleria";

/// What the demo's keys are called.
pub(super) const KEY_NAME: &str = "demo";

/// What a member of the staff may do.
struct Member {
    email: &'static str,
    name: &'static str,
    role: &'static str,
    permissions: &'static [Permission],
    /// What of the plugins' own permissions, by the end of their names.
    of_plugins: &'static [&'static str],
}

/// All but the owner.
const MEMBERS: [Member; 3] = [
    Member {
        email: "manager@example.com",
        name: "Máire Ní Bhriain",
        role: "Managers",
        permissions: &[
            ApiKeysWrite,
            AuditRead,
            CustomersAnonymize,
            CustomersDelete,
            CustomersMerge,
            CustomersRead,
            CustomersReadPii,
            CustomersWrite,
            PluginsRead,
            SettingsRead,
            SettingsWrite,
            StaffRead,
            StoresRead,
        ],
        of_plugins: &[":read", ":manage"],
    },
    Member {
        email: "support@example.com",
        name: "Søren Østergård",
        // Sees that somebody is there and how far they have come, but not who they are.
        role: "Support without personal data",
        permissions: &[CustomersRead, StoresRead],
        of_plugins: &[":read"],
    },
    Member {
        email: "readonly@example.com",
        name: "渡邊 結衣",
        role: "Readers",
        permissions: &[
            AuditRead,
            CustomersRead,
            CustomersReadPii,
            PluginsRead,
            SettingsRead,
            StaffRead,
            StoresRead,
        ],
        of_plugins: &[":read"],
    },
];

impl Member {
    fn rights(&self, plugins: &[Manifest]) -> BTreeSet<StaffPermission> {
        let own = self.permissions.iter().copied().map(StaffPermission::Host);
        let of_plugins = permissions_of(plugins).filter(|permission| {
            let name = permission.to_string();
            self.of_plugins.iter().any(|end| name.ends_with(end))
        });
        own.chain(of_plugins).collect()
    }
}

/// All permissions that these plugins bring with them.
fn permissions_of(plugins: &[Manifest]) -> impl Iterator<Item = StaffPermission> {
    plugins.iter().flat_map(|manifest| {
        let plugin: Option<PluginId> = manifest.id.parse().ok();
        manifest.staff_permissions.keys().filter_map(move |name| {
            Some(StaffPermission::Plugin { plugin: plugin.clone()?, name: name.clone() })
        })
    })
}

/// Makes the staff besides the owner, with their roles.
pub(super) async fn fill(work: &mut Work, plugins: &[Manifest]) -> Result<()> {
    for member in &MEMBERS {
        let role: RoleId = roles::create(work, member.role, member.rights(plugins)).await?.id;
        let draft = StaffDraft {
            email: Some(member.email.into()),
            name: Some(member.name.into()),
            roles: vec![role],
            active: Some(true),
        };
        staff::create(work, &draft).await?;
    }
    Ok(())
}

/// Makes a key for each member whom the demo made and who is still there, by email.
pub(super) async fn make_keys(
    work: &mut Work,
    plugins: &[Manifest],
    staff: &[(String, StaffId)],
) -> Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    for (email, id) in staff {
        let permissions = match MEMBERS.iter().find(|member| member.email == email) {
            Some(member) => member.rights(plugins),
            None if email == OWNER_EMAIL => everything(plugins),
            None => continue,
        };
        let draft = ApiKeyDraft {
            name: KEY_NAME.into(),
            staff: Some(id.clone()),
            permissions,
            expires_at: None,
        };
        let created = api_keys::create(work, &draft).await?;
        keys.insert(email.clone(), created.bearer.as_str().to_owned());
    }
    Ok(keys)
}

/// Whatever people can be allowed.
pub(super) fn everything(plugins: &[Manifest]) -> BTreeSet<StaffPermission> {
    let own = Permission::ALL.iter().copied().filter(|permission| permission.is_for_staff());
    own.map(StaffPermission::Host).chain(permissions_of(plugins)).collect()
}

#[cfg(test)]
mod tests {
    use galleria_domain::{EmailAddress, Role};

    use super::*;

    fn plugins() -> Vec<Manifest> {
        let toml = include_str!("../../../../plugins/customer-roles/galleria.toml");
        vec![Manifest::from_toml(toml).unwrap()]
    }

    #[test]
    fn every_member_has_a_role_that_the_shop_accepts() {
        for member in &MEMBERS {
            let id = RoleId::from_bytes([1; 16]);
            Role::create(id, member.role, member.rights(&plugins())).unwrap();
            member.email.parse::<EmailAddress>().unwrap();
        }
    }

    #[test]
    fn no_two_members_have_the_same_rights_and_none_has_the_owners() {
        let rights: BTreeSet<_> = MEMBERS.iter().map(|member| member.rights(&plugins())).collect();
        assert_eq!(rights.len(), MEMBERS.len());
        assert!(!rights.contains(&everything(&plugins())));
    }

    #[test]
    fn support_sees_no_personal_data_and_readers_change_nothing() {
        let [_, support, reader] = &MEMBERS;
        assert!(!support.rights(&plugins()).contains(&CustomersReadPii.into()));
        let changes = |permission: &StaffPermission| {
            let name = permission.to_string();
            !name.ends_with(":read") && !name.ends_with(":read-pii")
        };
        assert!(!reader.rights(&plugins()).iter().any(changes));
        let of_roles = |member: &Member| {
            let rights = member.rights(&plugins());
            rights.iter().filter(|permission| permission.to_string().starts_with("x:")).count()
        };
        assert_eq!((of_roles(support), of_roles(reader), of_roles(&MEMBERS[0])), (1, 1, 3));
    }
}
